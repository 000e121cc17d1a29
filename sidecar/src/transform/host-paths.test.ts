import { describe, expect, it } from 'vitest'
import { withoutHostPaths } from './host-paths.ts'

describe('a text without the folders of the server', () => {
  it.each([
    ["[Errno 2] No such file: '/srv/comfy ui/input/cat.png'", "[Errno 2] No such file: 'cat.png'"],
    ['File "/srv/comfy/execution.py", line 4', 'File "execution.py", line 4'],
    ['at /srv/comfy/nodes.py:12', 'at nodes.py:12'],
    ['path=/srv/comfy/models/x.ckpt', 'path=x.ckpt'],
    ["open(b'/srv/x y/z')", "open(b'z')"],
    ['C:\\Users\\me\\ComfyUI\\x.png', 'x.png'],
    ["'C:\\Program Files\\x.png'", "'x.png'"],
    ['\\\\nas\\share\\x.png', 'x.png'],
    ['at file:///srv/comfy/x.py here', 'at x.py here'],
    ['file:///C:/Users/me/x.py', 'x.py'],
    ['file://localhost/srv/a/b.png', 'b.png'],
  ])('%s', (text, shown) => {
    expect(withoutHostPaths(text)).toBe(shown)
  })

  it.each(['see https://example.com/a/b.png', 'sub/folder/x.png', 'a / b', '1/2', './x/y'])('keeps %s', (text) => {
    expect(withoutHostPaths(text)).toBe(text)
  })
})
