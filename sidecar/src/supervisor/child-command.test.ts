import { describe, expect, it } from 'vitest'
import { buildChildCommand, findComfyuiFolder } from './child-command.ts'

const guardSecret = '5e'.repeat(32)
const build = (command: string, args: readonly string[], env: Record<string, string | undefined> = {}) =>
  buildChildCommand({ command, args, env, port: 40123, guardSecret })

describe('buildChildCommand', () => {
  const privateAddress = ['--listen', '127.0.0.1', '--port', '40123']
  const commands: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
    ['python main.py', 'python', ['main.py'], privateAddress],
    ['a main.py elsewhere', 'python', ['/opt/comfy/main.py', '--listen', '0.0.0.0'], privateAddress],
    ['a main.py on Windows', 'python.exe', ['-s', 'ComfyUI\\main.py'], privateAddress],
    ['a main.py that is run itself', './main.py', [], privateAddress],
    ['another program', 'comfy', ['launch'], []],
    ['a file that only ends in main.py', 'python', ['domain.py'], []],
  ]
  it.each(commands)('puts the private address last for %s', (_, command, args, added) => {
    expect(build(command, args)).toMatchObject({ command, args: [...args, ...added] })
  })

  it('hands the secret over in the environment, and in no argument', () => {
    const child = build('python', ['main.py'])
    expect(child.env).toEqual({
      GATEHOUSE_SUPERVISED: '1',
      GATEHOUSE_GUARD_SECRET: guardSecret,
      GATEHOUSE_UPSTREAM_PORT: '40123',
    })
    expect(child.args.join(' ')).not.toContain(guardSecret)
  })

  it("keeps Gatehouse's own settings and secrets from the nodes", () => {
    const child = build('python', ['main.py'], {
      PATH: '/bin',
      HOME: undefined,
      GATEHOUSE_OFF: '1',
      GATEHOUSE_STATIC_KEY: 'x',
      Gatehouse_Store_Url: 'y',
    })
    expect(Object.keys(child.env).sort()).toEqual([
      'GATEHOUSE_GUARD_SECRET',
      'GATEHOUSE_SUPERVISED',
      'GATEHOUSE_UPSTREAM_PORT',
      'PATH',
    ])
  })
})

describe('findComfyuiFolder', () => {
  it.each([
    [['main.py'], '.'],
    [['/opt/comfy/main.py'], '/opt/comfy'],
    [['-s', 'ComfyUI\\main.py'], 'ComfyUI'],
    [['launch'], undefined],
  ])('finds in %j the folder %s', (args, folder) => {
    expect(findComfyuiFolder(args)).toBe(folder)
  })
})
