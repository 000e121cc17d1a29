/** Where may an upload land? */
import { uploaded } from '../policy/isolation.ts'
import { routes, row } from '../policy/row.ts'

export const upload = routes('upload', {
  says: "An upload lands in the tenant's own input folder, under a plain name.",
  source: 'ComfyUI server.py image_upload, upload_image, upload_mask @ 0.33.0',
  table: {
    'POST /upload/image': row(
      'upload:create',
      uploaded('every field judged, the form rebuilt, the file streamed', 'image'),
    ),
    'POST /upload/mask': row('upload:create', uploaded('as an image; original_ref names an own file only', 'mask')),
  },
})
