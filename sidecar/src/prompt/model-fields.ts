/** Is this the name of a model, and not the path of some other file? */

const sentence = 'choose one of the models that this server lists.'

/** Why a model name is refused; undefined when it stays inside the model folders. */
export function findBadModelName(name: string): string | undefined {
  if (name.length > 1024 || /[\p{Cc}\p{Cs}]/u.test(name)) return sentence
  // ComfyUI on Windows lists sub-folders with backslashes, so they separate here and are not refused.
  const segments = name.split(/[/\\]/)
  const escapes = segments.some((segment) => /^\.{1,2}[. ]*$/.test(segment) || /^[A-Za-z]:/.test(segment))
  return escapes || (segments.length > 1 && segments[0] === '') ? sentence : undefined
}
