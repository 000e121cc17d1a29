/** Which node inside ComfyUI is which node of the tenant's? One prefix per tenant, because ComfyUI keeps node instances by id. */

/** The id inside ComfyUI of an own node. */
export function toUpstreamNodeId(prefix: string, id: string): string {
  return prefix + id
}

/**
 * The own id of a node inside ComfyUI; undefined when it is not the tenant's. Nodes that a node makes while it runs
 * (`k3f-5.0.0.1`) and nodes of subgraphs (`k3f-5:2`) start with the same prefix.
 */
export function toOwnNodeId(prefix: string, id: string): string | undefined {
  return prefix !== '' && id.startsWith(prefix) && id.length > prefix.length ? id.slice(prefix.length) : undefined
}
