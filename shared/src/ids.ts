/** Which kinds of id exist? Branded strings, so that one kind cannot be passed for another. */
declare const brand: unique symbol
export type Branded<Name extends string> = string & { readonly [brand]: Name }

/** Random, opaque, stable; never shown to other tenants. */
export type TenantId = Branded<'TenantId'>
export type UserId = Branded<'UserId'>
/** A tenant's folder below ComfyUI's input and output directories: 20 characters of [a-z0-9]. */
export type FolderKey = Branded<'FolderKey'>
/** The id a client sees for a job: a canonical lower-case UUID. */
export type JobId = Branded<'JobId'>
/** The id one attempt of a job has inside ComfyUI; never leaves the sidecar. */
export type UpstreamPromptId = Branded<'UpstreamPromptId'>
/** SHA-256 (hex) of a session cookie's id; the id itself is never stored. */
export type SessionHash = Branded<'SessionHash'>
/** Public half of an API key: the `<id>` in `gh_<id>_<secret>`. */
export type ApiKeyId = Branded<'ApiKeyId'>
