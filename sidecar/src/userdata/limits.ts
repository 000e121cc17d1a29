/** How much may one person write at once? */

export interface UserdataLimits {
  /** One file of `/userdata`. */
  readonly fileBytes: number
  /** A settings file, as a body and as a whole. */
  readonly settingsBytes: number
}
