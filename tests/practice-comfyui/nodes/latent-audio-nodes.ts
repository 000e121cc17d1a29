/** What do the latent and audio nodes read and write? Silence and zeros, in files of the right name and place. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { annotatedPath, type FolderType, savePath } from '../directories.ts'
import { dict, type PythonDict } from '../python/values.ts'
import { filesOfType, reader, rootFiles } from './load-nodes.ts'
import {
  type AudioValue,
  type LatentValue,
  type NodeBehaviour,
  type NodeValue,
  PythonError,
  type RunContext,
} from './node-class.ts'
import { isResource } from './read-inputs.ts'
import { metadataOf, randomLetters } from './save-nodes.ts'

const emptyLatentImage: NodeBehaviour = {
  run: (inputs) => {
    const shape = [inputs.number('batch_size', 1), 4, inputs.number('height') >> 3, inputs.number('width') >> 3]
    return { outputs: [{ kind: 'latent', shape }] }
  },
}

const saveLatent: NodeBehaviour = {
  run: (inputs, context) => {
    const latent = latentOf(inputs.get('samples'))
    const place = savePath(inputs.text('filename_prefix', 'latents/ComfyUI'), context.directories.output)
    const filename = `${place.filename}_${numbered(place.counter)}_.latent`
    writeFileSync(join(place.folder, filename), safetensors(latent, metadataOf(context)))
    const latents = [{ filename, subfolder: place.subfolder, type: 'output' }]
    return { outputs: [latent], ui: dict({ latents }) }
  },
}

const loadLatent: NodeBehaviour = {
  ...reader('latent', 'LoadLatent', 'latent'),
  options: (directories) => new Map([['latent', rootFiles(directories).filter((name) => name.endsWith('.latent'))]]),
  run: (inputs, context) => {
    const file = readFileSync(annotatedPath(context.directories, inputs.text('latent')))
    return { outputs: [{ kind: 'latent', shape: shapeIn(file) }] }
  },
}

const emptyAudio: NodeBehaviour = {
  run: (inputs) => {
    const [seconds, rate] = [inputs.number('duration'), inputs.number('sample_rate', 44_100)]
    return { outputs: [{ kind: 'audio', seconds, rate, channels: inputs.number('channels', 2) }] }
  },
}

const saveAudio: NodeBehaviour = {
  run: (inputs, context) => {
    const audio = audioOf(inputs.get('audio'))
    const saved = writeAudio(audio, inputs.text('filename_prefix', 'audio/ComfyUI'), 'output', context)
    return { outputs: [audio], ui: dict({ audio: [saved] }) }
  },
}

const previewAudio: NodeBehaviour = {
  run: (inputs, context) => {
    const audio = audioOf(inputs.get('audio'))
    const saved = writeAudio(audio, `ComfyUI_temp_${randomLetters()}`, 'temp', context)
    return { outputs: [audio], ui: dict({ audio: [saved] }) }
  },
}

const loadAudio: NodeBehaviour = {
  ...reader('audio', 'LoadAudio', 'audio'),
  options: (directories) => new Map([['audio', filesOfType(directories, ['audio', 'video'])]]),
  run: (inputs, context) => {
    const file = readFileSync(annotatedPath(context.directories, inputs.text('audio')))
    return { outputs: [{ kind: 'audio', seconds: file.length / 88_200, rate: 44_100, channels: 1 }] }
  },
}

export const latentAndAudioNodes = {
  EmptyLatentImage: emptyLatentImage,
  SaveLatent: saveLatent,
  LoadLatent: loadLatent,
  EmptyAudio: emptyAudio,
  SaveAudio: saveAudio,
  PreviewAudio: previewAudio,
  LoadAudio: loadAudio,
} as const satisfies Record<string, NodeBehaviour>

function writeAudio(audio: AudioValue, prefix: string, type: FolderType, context: RunContext): PythonDict {
  const place = savePath(prefix, context.directories[type])
  const filename = `${place.filename}_${numbered(place.counter)}_.flac`
  writeFileSync(join(place.folder, filename), flacHeader(audio))
  return dict({ filename, subfolder: place.subfolder, type })
}

// The STREAMINFO block alone: name, rate, channels and length are right, the sound is not stored.
function flacHeader(audio: AudioValue): Buffer {
  const info = Buffer.alloc(42)
  info.write('fLaC', 0, 'latin1')
  info.writeUInt32BE(0x80000022, 4)
  info.writeUInt16BE(4096, 8)
  info.writeUInt16BE(4096, 10)
  const samples = BigInt(Math.round(audio.seconds * audio.rate)) & 0xfffffffffn
  info.writeBigUInt64BE((BigInt(audio.rate) << 44n) | (BigInt(audio.channels - 1) << 41n) | (15n << 36n) | samples, 18)
  return info
}

// The safetensors layout: length, JSON header, data.
function safetensors(latent: LatentValue, metadata: ReadonlyMap<string, string>): Buffer {
  const count = latent.shape.reduce((product, size) => product * size, 4)
  const header = Buffer.from(
    JSON.stringify({
      __metadata__: Object.fromEntries(metadata),
      latent_format_version_0: { dtype: 'F32', shape: [0], data_offsets: [0, 0] },
      latent_tensor: { dtype: 'F32', shape: latent.shape, data_offsets: [0, count] },
    }),
  )
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, Buffer.alloc(count)])
}

function shapeIn(file: Buffer): readonly number[] {
  const shape = /"latent_tensor":\{[^}]*"shape":\[([\d,]+)\]/.exec(file.toString('latin1'))?.[1]
  if (shape === undefined) throw new PythonError('safetensors_rust.SafetensorError', 'Error while deserializing header')
  return shape.split(',').map(Number)
}

function latentOf(value: NodeValue | undefined): LatentValue {
  if (value !== undefined && isResource(value) && value.kind === 'latent') return value
  throw new PythonError('TypeError', 'string indices must be integers')
}

function audioOf(value: NodeValue | undefined): AudioValue {
  if (value !== undefined && isResource(value) && value.kind === 'audio') return value
  throw new PythonError('TypeError', 'string indices must be integers')
}

function numbered(counter: number): string {
  return String(counter).padStart(5, '0')
}
