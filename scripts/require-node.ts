/** Is this Node new enough? Every entry script asks first, so that an old one gets a sentence and not a stack. */

/** Ends the process with the cure when Node is older than 24. */
export function requireNode24(): void {
  const major = Number(process.versions.node.split('.')[0])
  if (major >= 24) return
  console.error(
    `Gatehouse needs Node 24 or newer, and this is ${process.versions.node}. Run the command through pnpm, which brings its own: npx -y pnpm@10.34.9 start`,
  )
  process.exit(2)
}
