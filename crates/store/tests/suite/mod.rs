//! What every store must do. A case is an `async fn` over a [`Backend`]; `run_on!` makes a test of each of them.

pub mod admin;
pub mod atomic;
pub mod by_hand;
pub mod devices;
pub mod durable;
pub mod endings;
pub mod guards;
pub mod keys;
pub mod links;
pub mod lists;
pub mod logouts;
pub mod model;
pub mod notes;
pub mod people;
pub mod places;
pub mod portal;
pub mod print;
pub mod purge;
pub mod races;
pub mod roles;
pub mod sample;
pub mod sorted;
pub mod tenant_apps;
pub mod tokens;
pub mod unused;
pub mod uses;
pub mod webhooks;
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
            people: [
                a_client_is_read_as_it_was_written, a_changed_client_replaces_the_old_one,
                a_user_is_found_by_id_and_by_key, a_changed_user_replaces_the_old_one,
                tenants_and_memberships_are_put_and_replaced,
            ];
            writes: [
                a_code_is_read_with_everything_it_hangs_off, a_spent_code_says_when_and_stays,
                a_family_is_read_with_everything_it_hangs_off, a_rotation_moves_the_generation_and_the_idle_end,
                a_touch_moves_the_idle_end_alone, a_family_without_refresh_token_has_no_generation,
                a_code_and_its_family_keep_what_was_allowed_in_detail,
                a_session_is_read_with_its_user, a_renewed_session_has_another_secret_and_stays_itself,
                a_grant_is_found_by_its_four_names, an_updated_grant_counts_its_version_up,
                keys_pass_through_their_states_oldest_first,
                attempts_are_set_and_replaced, what_does_not_exist_is_not_found, texts_of_any_kind_survive,
            ];
            tokens: [
                an_access_token_is_read_as_it_was_written, a_token_keeps_what_few_tokens_have, a_token_says_how_its_user_logged_in,
                a_token_of_a_client_itself_hangs_off_nothing, an_ended_access_token_keeps_the_first_end,
                three_hundred_permissions_survive,
            ];
            guards: [
                a_code_is_unspent_until_it_is_redeemed, a_family_is_at_its_generation_alone,
                a_family_without_generation_is_guarded_as_such, a_family_whose_grant_ended_is_at_no_generation,
                a_grant_is_live_until_it_is_ended, a_grant_is_at_its_version_alone,
                no_grant_means_none_that_is_not_ended, a_session_is_live_until_it_is_ended,
                a_user_is_at_their_version_and_enabled, a_username_is_free_in_any_spelling_or_not,
                a_client_is_at_its_version_alone, a_client_id_is_free_until_it_is_taken,
                an_access_token_is_live_until_it_is_ended, a_value_is_unseen_until_it_is_remembered,
                a_value_is_remembered_as_long_as_the_longest_asked_for,
                a_forgotten_value_may_be_remembered_again, attempts_stand_where_they_were_seen,
                no_key_means_none_in_that_state, a_key_is_in_its_state_alone, a_change_may_consist_of_guards_alone,
                guards_are_evaluated_before_the_writes_of_their_own_change,
            ];
            atomic: [
                a_lost_guard_leaves_nothing, any_of_many_guards_refuses_all, a_colliding_insert_leaves_nothing,
                a_value_of_a_refused_change_is_unused,
                a_value_that_a_refused_change_purged_is_used,
                a_membership_in_no_tenant_leaves_nothing, a_second_live_grant_is_refused, a_taken_username_is_refused,
                a_refused_change_does_not_harm_its_neighbours, a_grant_is_ended_and_replaced_in_one_change,
            ];
            races: [
                one_of_a_hundred_redeems_a_code, one_of_a_hundred_rotates_a_family,
                one_of_a_hundred_remembers_a_value, one_of_a_hundred_counts_an_attempt,
                one_of_a_hundred_changes_a_client, one_of_a_hundred_makes_the_grant,
                one_of_a_hundred_takes_the_username, one_of_a_hundred_changes_an_api_key,
                uses_that_are_counted_at_once_are_all_counted, an_ended_key_is_read_as_ended_at_once, what_was_acknowledged_is_read_at_once,
                a_grant_that_ends_under_a_rotation_ends_its_family, refusals_of_many_servers_at_once_are_all_counted,
            ];
            lists: [
                paging_through_clients_neither_skips_nor_repeats, paging_through_users_neither_skips_nor_repeats,
                paging_through_access_tokens_is_newest_first, access_tokens_are_listed_by_client_and_by_subject,
                a_list_by_client_is_the_same_however_far_its_index_is, live_access_tokens_leave_out_the_dead,
                paging_through_audit_lines_is_newest_first, a_users_grants_are_listed_while_they_last,
                lists_stay_within_their_realm,
            ];
            sorted: [
                clients_are_sorted_by_name_and_by_age_both_ways, users_are_sorted_by_name_and_by_age_both_ways,
                rows_that_come_between_two_pages_repeat_and_hide_no_other, a_renamed_client_stands_where_its_new_name_does,
                grants_are_listed_the_newest_first, audit_lines_are_read_the_oldest_first,
                a_developers_applications_are_sorted_apart,
            ];
            endings: [
                a_session_that_begins_in_the_end_of_all_others_lives,
                ending_a_user_ends_sessions_and_families, what_a_user_begins_after_the_end_is_alive,
                ending_a_user_leaves_others_alone, ending_a_grant_ends_what_hangs_off_it,
                deleting_a_client_ends_its_grants_and_families, a_disabled_user_disables_their_tokens,
                ending_a_family_ends_its_tokens, a_grant_for_a_session_ends_with_it, a_grant_for_no_session_outlives_all,
                a_token_ends_with_its_tenant_and_with_the_users_place_there, what_does_not_exist_can_be_ended,
            ];
            purge: [
                expired_access_tokens_leave_and_live_ones_stay, a_purge_removes_no_more_than_its_limit,
                codes_stay_until_their_replay_can_be_seen, families_stay_until_their_idle_end,
                a_used_code_is_remembered_for_as_long_as_its_family_lives,
                expired_sessions_leave, ended_and_expired_grants_leave, remembered_values_and_counters_leave,
                remembered_values_of_all_lifetimes_leave_within_the_limit,
                purging_a_family_never_revives_its_tokens, purged_tokens_leave_the_lists,
            ];
            admin: [
                paging_through_tenants_neither_skips_nor_repeats, members_are_listed_by_tenant_and_by_role,
                service_accounts_are_listed_by_tenant, grants_are_listed_by_user_client_and_tenant,
                a_users_sessions_are_listed_newest_first, a_deleted_user_takes_everything_along,
                a_removed_member_loses_the_grants_in_that_tenant_alone, a_deleted_tenant_is_gone_and_grants_in_it_end,
                a_tenant_is_at_its_version_alone_and_free_until_it_is_taken,
                a_users_row_is_at_its_version_enabled_or_not, an_idempotency_key_is_remembered_until_it_expires,
                one_of_a_hundred_answers_under_a_key_and_makes_the_client,
            ];
            logouts: [
                a_note_is_read_as_it_was_written_and_replaced, whatever_ends_a_session_makes_its_notes_due,
                one_of_many_claims_an_attempt, first_attempts_come_before_those_that_are_repeated,
                one_clients_many_notes_leave_room_for_the_others,
                notes_of_sessions_that_are_over_by_themselves_leave_and_due_ones_stay,
            ];
            webhooks: [
                a_webhook_is_read_as_it_was_written_and_replaced,
                a_line_is_due_for_whoever_wants_to_hear_of_its_action, what_is_not_written_is_not_due,
                a_webhook_that_is_switched_off_hears_nothing, deliveries_are_listed_by_what_became_of_them,
                one_of_many_claims_a_delivery, deliveries_are_paged_newest_first_and_leave_with_their_webhook,
                a_webhook_is_heard_although_others_wait_with_many,
                deliveries_that_are_over_leave_and_due_ones_stay,
            ];
            roles: [
                a_role_is_read_as_it_was_written_replaced_and_removed, a_role_is_at_its_version_alone,
                everybody_who_has_a_role_is_counted, a_role_is_unused_until_somebody_has_it,
                one_of_a_hundred_makes_the_role, a_role_is_either_given_to_somebody_or_gone,
                what_becomes_of_roles_is_noted,
            ];
            keys: [
                an_api_key_is_read_as_it_was_written, a_changed_key_keeps_its_secret_and_its_tenant,
                a_key_is_at_its_version_until_it_is_ended, the_first_end_of_a_key_stands,
                an_ended_key_cannot_be_changed, a_second_key_under_one_id_is_refused,
                a_key_of_a_disabled_tenant_says_so, a_deleted_tenants_keys_stay_dead_when_its_id_is_taken_again, paging_through_api_keys_is_newest_first,
                live_keys_leave_out_the_dead, ended_and_expired_keys_leave_with_their_uses,
            ];
            uses: [
                uses_add_up, uses_of_what_is_gone_are_not_counted, a_key_was_last_used_when_it_was_last_seen,
                deleting_a_client_forgets_its_uses, what_clients_would_break_is_counted_apart_and_listed_by_client,
                what_was_done_with_a_grant_leaves_with_it, what_is_counted_while_it_is_removed_leaves_with_it,
            ];
            links: [
                a_link_is_free_until_it_is_made_in_its_realm_alone, a_user_takes_their_links_along,
                a_users_links_are_shown_the_oldest_first_as_they_were_last_used,
                a_link_is_removed_for_its_own_user_alone_and_is_free_then,
                of_two_links_that_are_removed_at_once_one_stays,
                one_of_a_hundred_first_logins_makes_the_user_and_the_link,
            ];
            unused: [
                a_client_is_unused_while_nothing_hangs_off_it, a_client_exists_until_it_is_deleted,
                a_client_is_either_used_for_the_first_time_or_gone,
            ];
            by_hand: [
                a_token_made_by_hand_is_read_as_it_was_written,
                a_token_made_by_hand_ends_with_its_users_place,
                a_token_made_by_hand_stays_ended_when_its_user_comes_back, tokens_made_by_hand_end_in_one_tenant_alone,
                all_tokens_made_by_hand_for_a_user_end_at_once, tokens_are_listed_by_tenant_and_by_how_they_were_made,
                purged_tokens_leave_every_list,
            ];
            devices: [
                a_device_is_read_as_it_was_written, a_device_is_at_its_version_alone,
                a_user_code_is_free_until_a_device_has_it, devices_leave_once_they_expired,
                one_of_a_hundred_answers_for_a_device, one_of_a_hundred_devices_takes_the_user_code,
            ];
            places: [
                a_token_remembers_its_place, tokens_with_a_place_are_read_oldest_first_with_their_fate,
                places_are_at_their_number_alone, a_hundred_who_lease_at_once_share_no_place,
                what_is_kept_of_the_lists_gives_way_to_what_knows_more,
                whatever_ends_by_itself_is_noted, tokens_of_a_subject_are_found_however_far_the_index_is,
            ];
            portal: [
                a_developers_applications_are_listed_by_owner, an_application_remembers_how_far_it_has_come,
                refused_requests_are_read_newest_first, no_more_than_a_ring_of_refused_requests_is_kept,
                refused_requests_leave_with_their_client_and_with_time, secrets_are_counted_apart,
                refusals_add_up_by_hour_place_and_reason,
                one_of_a_hundred_makes_the_last_application,
            ];
            tenant_apps: [
                a_decision_is_read_as_it_was_written_and_replaced, a_tenant_remembers_its_policy,
                decisions_are_listed_by_tenant_client_and_state, a_users_tenants_are_asked_about_one_client,
                decisions_leave_with_their_tenant_and_with_their_client,
                blocks_of_a_client_that_can_come_back_stay_and_nothing_else_does,
                what_a_blocked_application_has_in_a_tenant_ends_and_nothing_else,
                whatever_a_tenant_says_of_an_application_is_noted,
                a_consent_and_a_block_at_once_never_leave_a_living_grant,
            ];
            notes: [
                the_log_names_what_caches_must_forget, positions_only_grow, a_refused_change_notes_nothing,
                purged_notes_do_not_move_the_position_back, tokens_are_not_noted, the_log_is_read_in_pieces,
            ];
        );
    };
    ($backend:path, durable) => {
        $crate::suite::run_on!($backend);
        $crate::suite::cases!($backend;
            durable: [
                everything_is_found_again, the_log_goes_on_where_it_was, a_second_store_sees_what_the_first_committed,
            ];
            model: [any_history_reads_the_same_as_in_memory,];
        );
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
