/** Is a file, by its ending, of a format that can carry code? */

// What torch.load and pickle read (folder_paths.py supported_pt_extensions, 0.33.0), and what packs unpickle besides.
const pickles = /\.(?:ckpt|pt2?|pth|bin|pkl|pickle|p7|joblib|dill|th|npy|npz)$/i

export function isPickleName(name: string): boolean {
  return pickles.test(name)
}
