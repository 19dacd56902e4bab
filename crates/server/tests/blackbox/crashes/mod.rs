//! What a crash, a stop or a lost store may not take: the server is killed under load again and again, and what it
//! acknowledged before is compared with what it says after. `GRANTD_CRASH_ROUNDS` sets how often, 20 by default.

mod journal;
mod kill;
mod load;
mod purge;
mod replay;
mod stop;
mod store_down;
