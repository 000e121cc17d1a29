/** Where does a ComfyUI keep its files, on this machine? The folders that an operator may name for each. */
import { isAbsolute } from 'node:path'
import { z } from 'zod'

const folder = z.string().refine(isAbsolute, 'write the whole path, from the root')

export const folderSettings = {
  input_dir: folder
    .optional()
    .describe("ComfyUI's input folder, on this machine: own files can be deleted and measured"),
  output_dir: folder.optional().describe("ComfyUI's output folder; named together with input_dir"),
  temp_dir: folder.optional().describe("ComfyUI's temp folder, for the size of previews"),
}

export const foldersTogether = 'name input_dir and output_dir, or neither'

export type FolderSettings = Readonly<{ [Name in keyof typeof folderSettings]?: string | undefined }>

export function areFoldersTogether({ input_dir, output_dir }: FolderSettings): boolean {
  return (input_dir === undefined) === (output_dir === undefined)
}
