//! Tests of the pages as their users see them: through `Pages`, with views made here.

#[cfg(test)]
mod contract;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod html;
#[cfg(test)]
mod signed_in;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod themes;
