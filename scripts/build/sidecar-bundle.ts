/** What runs on the server? The sidecar in one file, with its source map and the thread for bcrypt beside it. */
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build as bundle, type Plugin } from 'esbuild'

/** CommonJS packages inside an ES module still ask for `require`. */
const banner =
  "import { createRequire as gatehouseCreateRequire } from 'node:module'; const require = gatehouseCreateRequire(import.meta.url);"

/** Node warns on stderr at `new Buffer` (DEP0005), which passport-http 0.3.0 uses. */
const withoutDeprecatedBuffer: Plugin = {
  name: 'without-deprecated-buffer',
  setup(build) {
    build.onLoad({ filter: /[\\/]passport-http[\\/].*\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('new Buffer(', 'Buffer.from('),
      loader: 'js',
    }))
  },
}

/**
 * An ES module's imports are linked before its first line runs, so an old Node would answer a missing module or name
 * (node:sqlite, argon2) with a stack instead of the sentence in main.ts. Asked for by a call, they wait until then.
 */
const builtinsByCall: Plugin = {
  name: 'builtins-by-call',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }))
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
      loader: 'js',
    }))
  },
}

/** Bundles the command line into `outDir`; false when there is no `sidecar/src/cli/main.ts` in `root`. */
export async function buildSidecar(root: string, outDir: string): Promise<boolean> {
  const entry = join(root, 'sidecar/src/cli/main.ts')
  if (!existsSync(entry)) return false
  await mkdir(outDir, { recursive: true })
  await bundleFile(entry, join(outDir, 'gatehouse.mjs'))
  // bcrypt is computed in a thread of its own, which begins with a file (identity/htpasswd/bcrypt.ts).
  await bundleFile(join(root, 'sidecar/src/identity/htpasswd/bcrypt-worker.ts'), join(outDir, 'bcrypt-worker.mjs'))
  return true
}

async function bundleFile(entry: string, outfile: string): Promise<void> {
  await bundle({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    sourcemap: 'external',
    banner: { js: banner },
    plugins: [withoutDeprecatedBuffer, builtinsByCall],
    outfile,
    logLevel: 'error',
  })
}
