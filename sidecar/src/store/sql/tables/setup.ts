/** How is the set-up token kept? */

export interface SetupTables {
  setup_token: {
    slot: number
    token_hash: string
  }
}
