//! What every store must do. A case is an `async fn` over a [`Backend`]; `run_on!` makes a test of each of them.

pub mod guards;
pub mod print;
pub mod sample;
pub mod writes;

use grantd_store::Store;
use std::future::Future;

/// A place where one test's rows live: an empty directory, a database of its own.
pub trait Backend: Sized + Send + Sync + 'static {
    /// The store it opens.
    type Store: Store;

    /// An empty place.
    fn fresh() -> impl Future<Output = Self> + Send;

    /// Opens the store there. Durable backends find again what was committed before.
    fn open(&self) -> impl Future<Output = Self::Store> + Send;
}

/// Makes the tests of a backend: `run_on!(path::Backend)`, and `run_on!(path::Backend, durable)` where what was
/// committed must be found again by another `open`.
macro_rules! run_on {
    ($backend:path) => {
        $crate::suite::cases!($backend;
            writes: [
                a_client_is_read_as_it_was_written, a_changed_client_replaces_the_old_one,
                a_user_is_found_by_id_and_by_key, a_changed_user_replaces_the_old_one,
                a_code_is_read_with_everything_it_hangs_off, a_spent_code_says_when_and_stays,
                a_family_is_read_with_everything_it_hangs_off, a_rotation_moves_the_generation_and_the_idle_end,
                a_touch_moves_the_idle_end_alone, a_family_without_refresh_token_has_no_generation,
                an_access_token_is_read_as_it_was_written, a_token_of_a_client_itself_hangs_off_nothing,
                an_ended_access_token_keeps_the_first_end, a_session_is_read_with_its_user,
                a_grant_is_found_by_its_four_names, an_updated_grant_counts_its_version_up,
                tenants_and_memberships_are_put_and_replaced, keys_pass_through_their_states_oldest_first,
                attempts_are_set_and_replaced, what_does_not_exist_is_not_found, three_hundred_permissions_survive,
                texts_of_any_kind_survive,
            ];
            guards: [
                a_code_is_unspent_until_it_is_redeemed, a_family_is_at_its_generation_alone,
                a_family_without_generation_is_guarded_as_such, a_family_whose_grant_ended_is_at_no_generation,
                a_grant_is_live_until_it_is_ended, a_grant_is_at_its_version_alone,
                no_grant_means_none_that_is_not_ended, a_session_is_live_until_it_is_ended,
                a_user_is_at_their_version_and_enabled, a_username_is_free_in_any_spelling_or_not,
                a_client_is_at_its_version_alone, a_client_id_is_free_until_it_is_taken,
                an_access_token_is_live_until_it_is_ended, a_value_is_unseen_until_it_is_remembered,
                a_forgotten_value_may_be_remembered_again, attempts_stand_where_they_were_seen,
                no_key_means_none_in_that_state, a_key_is_in_its_state_alone, a_change_may_consist_of_guards_alone,
                guards_are_evaluated_before_the_writes_of_their_own_change,
            ];
        );
    };
    ($backend:path, durable) => {
        $crate::suite::run_on!($backend);
    };
}
pub(crate) use run_on;

/// Makes a test of each case.
macro_rules! cases {
    ($backend:path; $($module:ident: [$($case:ident),+ $(,)?];)+) => {$(
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let backend = <$backend as $crate::suite::Backend>::fresh().await;
                    $crate::suite::$module::$case(&backend).await;
                }
            )+
        }
    )+};
}
pub(crate) use cases;
