/** What makes and takes apart the certificates that Node cannot? One library, with the polyfill that it needs before it. */
import 'reflect-metadata'

type Library = typeof import('@peculiar/x509')

/** Loaded when somebody first needs it, and after the polyfill. */
export async function loadX509(): Promise<Library> {
  return import('@peculiar/x509')
}

export type { Library as X509Library }
