/** What is JSON, when no digit may be lost? Numbers that JavaScript would change are kept as `JSON.rawJSON`. */

/** A number kept as its source text (`JSON.rawJSON`), because a double would change it. */
export interface RawNumber {
  readonly rawJSON: string
}
export type JsonNumber = number | RawNumber
export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}
