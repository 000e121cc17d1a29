/** Which errors can Gatehouse answer with? One closed table: code, status, public sentence, cure. */

export interface ErrorEntry {
  readonly status: number
  /** One sentence, shown to strangers: names nothing that exists. */
  readonly message: string
  /** What the reader can do about it. */
  readonly cure: string
}

export const errorCodes = {
  not_found: { status: 404, message: 'Not found.', cure: 'Check the address.' },
  bad_request: {
    status: 400,
    message: 'The request could not be understood.',
    cure: 'Send it as ComfyUI documents it.',
  },
  bad_target: { status: 400, message: 'The request target is ambiguous.', cure: 'Use a plain absolute path.' },
  bad_json: { status: 400, message: 'The body is not valid JSON.', cure: 'Send UTF-8 JSON.' },
  bad_upload: {
    status: 400,
    message: 'The upload could not be understood.',
    cure: 'Send one multipart form with one file.',
  },
  unsupported_encoding: {
    status: 415,
    message: 'Compressed or non-UTF-8 bodies are not accepted.',
    cure: 'Send the body plain, in UTF-8.',
  },
  body_too_large: {
    status: 413,
    message: 'The body is larger than allowed.',
    cure: 'Send less, or ask the operator to raise limits.',
  },
  json_too_large: {
    status: 413,
    message: 'The JSON holds more values than are read at once.',
    cure: 'Send less at once: two million lists, objects and long numbers are read, a million entries of one list, 200,000 members of one object.',
  },
  metadata_kept: {
    status: 403,
    message: 'You see files only without the metadata in them, and out of this one it cannot be taken.',
    cure: 'Save it in another format, e.g. PNG, WebP, MP4 or FLAC, or ask an administrator for it.',
  },
  upload_type_refused: {
    status: 415,
    message: 'Files of this type may not be uploaded.',
    cure: 'Upload a file of an allowed type, or ask the operator to add its ending to limits.upload_types.',
  },
  upload_too_many_pixels: {
    status: 413,
    message: 'The picture unpacks to more pixels than allowed.',
    cure: 'Make it smaller, or ask the operator to raise limits.megapixels or limits.held_megapixels.',
  },
  files_unmanaged: {
    status: 501,
    message: 'Gatehouse cannot reach the files of ComfyUI, and ComfyUI itself does not delete or measure any.',
    cure: 'Ask the operator to name files.input_dir and files.output_dir (of a further worker, its own), or to run ComfyUI with the companion pack.',
  },
  files_unreadable: {
    status: 503,
    message: 'The folders of ComfyUI cannot be read.',
    cure: 'Ask the operator to compare files.input_dir and files.output_dir with what ComfyUI uses, and to look at the log.',
  },
  unauthenticated: { status: 401, message: 'Sign in first.', cure: 'Log in, or send an API key as a Bearer token.' },
  bad_credentials: {
    status: 401,
    message: 'The name or the password is not right.',
    cure: 'Check both and try again.',
  },
  second_factor_needed: {
    status: 401,
    message: 'The password is right, and a second factor is needed as well.',
    cure: 'Send the code of your app or a recovery code, or use your passkey; programs send an API key, or a token of POST /gatehouse/api/v1/token.',
  },
  second_factor_required: {
    status: 403,
    message: 'Your role needs a second factor, and none was proven.',
    cure: 'Add one on your account page, or prove the one you have there.',
  },
  last_factor: {
    status: 409,
    message: 'Your role needs a second factor, and that is your last one.',
    cure: 'Add another one first.',
  },
  passkeys_unavailable: {
    status: 409,
    message: 'Browsers make no passkeys for the address of this server.',
    cure: 'Open it by a name over https (server.public_url), or as http://localhost on the machine itself.',
  },
  issuer_down: {
    status: 503,
    message: 'The keys of the issuer of your token cannot be had now.',
    cure: 'Try again in a minute, or tell the operator.',
  },
  provider_down: {
    status: 503,
    message: 'The sign-in provider does not answer.',
    cure: 'Try again in a minute, sign in another way, or tell the operator.',
  },
  directory_down: {
    status: 503,
    message: 'The directory that knows your password does not answer.',
    cure: 'Try again in a minute, or tell the operator; accounts with a password kept here still work.',
  },
  conflicting_credentials: {
    status: 400,
    message: 'Two credentials in one request prove different people.',
    cure: 'Send one of them.',
  },
  identity_taken: {
    status: 409,
    message: 'That identity belongs to another account.',
    cure: 'Log in with it, or unlink it there first.',
  },
  last_way_in: {
    status: 409,
    message: 'That is the only way to log in to this account.',
    cure: 'Link another identity or get a password first.',
  },
  page_belongs_to_another: {
    status: 409,
    message: 'This page was opened by somebody else who has since signed out.',
    cure: 'Reload the page.',
  },
  cross_site: {
    status: 403,
    message: 'The request came from another site.',
    cure: 'Use the address in server.public_url, or send an API key instead of a cookie.',
  },
  unknown_host: {
    status: 403,
    message: 'This server is not known by that name.',
    cure: 'Open the address in server.public_url; whoever runs the server adds further ones to server.allowed_origins.',
  },
  address_refused: {
    status: 403,
    message: 'This is not served to your address.',
    cure: 'Come from another network, or ask an administrator.',
  },
  proof_too_old: {
    status: 403,
    message: 'This needs you to have proven yourself in the last 10 minutes.',
    cure: 'Log in again, then try once more.',
  },
  forbidden: { status: 403, message: 'Your role does not allow this.', cure: 'Ask an administrator.' },
  too_many_attempts: { status: 429, message: 'Too many attempts.', cure: 'Wait, then try again.' },
  too_many_requests: { status: 429, message: 'Too many requests at once.', cure: 'Wait, then try again.' },
  weak_password: {
    status: 400,
    message: 'The password is too weak.',
    cure: 'Use at least 12 characters that are not a known or obvious password.',
  },
  bad_input: { status: 400, message: 'A field has a wrong value.', cure: 'Correct the field that is named.' },
  name_taken: { status: 409, message: 'That name is taken.', cure: 'Choose another.' },
  tenant_taken: {
    status: 409,
    message: 'A tenant of that name exists already.',
    cure: 'Join it by naming it as the tenant, or choose another name.',
  },
  last_owner: {
    status: 409,
    message: 'The last owner cannot be removed, disabled or given another role.',
    cure: 'Make somebody else an owner first.',
  },
  json_required: {
    status: 415,
    message: 'The body must be JSON.',
    cure: 'Send it with Content-Type: application/json.',
  },
  setup_done: { status: 409, message: 'The first owner exists already.', cure: 'Log in.' },
  bad_setup_token: {
    status: 403,
    message: 'The set-up token is not right.',
    cure: 'Use the link printed on the console.',
  },
  bad_invitation: {
    status: 403,
    message: 'The invitation is not good any more.',
    cure: 'Ask whoever invited you for another.',
  },
  approval_pending: {
    status: 403,
    message: 'Your account is waiting for approval.',
    cure: 'Sign in again once an administrator has approved it.',
  },
  bad_device_code: {
    status: 403,
    message: 'That code is not good any more.',
    cure: 'Show a new one on the device on which you are signed in.',
  },
  comfyui_down: {
    status: 503,
    message: 'ComfyUI does not answer.',
    cure: 'Wait for it to start, or ask the operator.',
  },
  tenant_split: {
    status: 503,
    message: 'The people of your tenant are placed on different ComfyUI workers, so it is on none.',
    cure: 'Ask the operator to place the tenant itself, or to give somebody a tenant or role of their own.',
  },
  comfyui_unproven: {
    status: 503,
    message: 'What answers at the address of ComfyUI did not prove to be it.',
    cure: 'Ask the operator to look at the log.',
  },
  store_unavailable: {
    status: 503,
    message: 'The database does not answer.',
    cure: 'Ask the operator to look at the log.',
  },
  audit_unavailable: {
    status: 503,
    message: 'Security events cannot be written down now, so nothing may be opened or changed.',
    cure: 'Try again in a minute, or ask the operator to look at the log.',
  },
  storage_full: {
    status: 507,
    message: 'The data directory cannot be written.',
    cure: 'Ask the operator to free space or mend its permissions.',
  },
  internal: {
    status: 500,
    message: 'Something went wrong inside Gatehouse.',
    cure: 'Give the request id to the operator.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorCodes
