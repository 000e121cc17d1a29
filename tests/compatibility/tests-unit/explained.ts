/** Which of ComfyUI's own tests fail through Gatehouse, and what about isolation is the reason? */

export interface Explanation {
  /** Of the tests, or how these begin. */
  readonly tests: readonly string[]
  readonly because: string
}

const jobsCancel = 'tests-unit.jobs_cancel_test.jobs_cancel_test.'
const systemUsers = 'tests-unit.prompt_server_test.system_user_endpoint_test.'
const previews = 'tests-unit.security_test.test_ghsa_779p_02_preview_traversal::'
const svgAssets = 'tests-unit.security_test.test_ghsa_779p_06_inline_svg_image_dest::'

const explanations: readonly Explanation[] = [
  {
    because: 'paths of the host are told to nobody',
    tests: ['tests-unit.app_test.model_manager_test::test_get_model_folders_includes_registered_extensions'],
  },
  {
    because: "a job that nobody queued through Gatehouse is nobody's, and cannot be told from one that never was",
    tests: [
      `${jobsCancel}TestSingleCancelEndpoint::test_cancel_running_job_interrupts`,
      `${jobsCancel}TestSingleCancelEndpoint::test_cancel_pending_job_dequeues`,
      `${jobsCancel}TestSingleCancelEndpoint::test_cancel_pending_that_started_running_interrupts`,
      `${jobsCancel}TestBatchCancelEndpoint::test_batch_happy_path`,
      `${jobsCancel}TestBatchCancelEndpoint::test_batch_best_effort_skips_unknown_id`,
    ],
  },
  {
    because:
      "who asks is told by the credential and never by the comfy-user header: what answers are the caller's own files",
    tests: [
      `${systemUsers}TestSystemUserEndpointBlocking::test_userdata_get_blocks_system_user`,
      `${systemUsers}TestSystemUserEndpointBlocking::test_userdata_post_blocks_system_user`,
      `${systemUsers}TestSystemUserEndpointBlocking::test_userdata_delete_blocks_system_user`,
      `${systemUsers}TestSystemUserEndpointBlocking::test_v2_userdata_blocks_system_user`,
      `${systemUsers}TestSystemUserEndpointBlocking::test_move_userdata_blocks_system_user`,
      `${systemUsers}TestPublicUserStillWorks::test_public_user_can_access_userdata`,
      `${systemUsers}TestPublicUserStillWorks::test_public_user_can_create_files`,
      `${systemUsers}TestCustomNodeScenario::test_http_cannot_access_internal_data`,
    ],
  },
  {
    because: 'a preview that is not there, not allowed or no preview at all is one and the same answer',
    tests: [
      `${previews}test_non_integer_path_index_returns_400`,
      `${previews}test_empty_filename_returns_400`,
      `${previews}test_path_traversal_in_filename_returns_403`,
    ],
  },
  {
    because: 'assets know no owners, and are switched off',
    tests: [
      `${svgAssets}test_inline_svg_response_is_not_cacheable_across_destinations`,
      `${svgAssets}test_forced_download_response_also_declares_the_variance`,
      `${svgAssets}test_parameterised_svg_mime_type_does_not_500`,
    ],
  },
]

export function explanationOf(test: string): string | undefined {
  return explanations.find(({ tests }) => tests.some((beginning) => test.startsWith(beginning)))?.because
}
