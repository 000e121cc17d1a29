/** Which sentences of isolation does no missing wall make red, and why not? Named by how they begin. */

const sameForAll = [
  ...[
    'extensions',
    'workflow_templates',
    'i18n',
    'global_subgraphs',
    'node_replacements',
    'scripts',
    'templates',
    'docs',
  ],
  ...['fonts', 'cursor', 'materialdesignicons', 'favicon'],
]
  .map((name) => `GET /${name}`)
  .concat('root GET /assets')

export const notAboutAWall: readonly string[] = [
  // What one person gets of their own, and what those of one tenant share.
  ...[
    'and the greeting gives back the id',
    'and a socket that closes mutes no other',
    'and the history is there when the end is heard',
  ].map((sentence) => `live events reach the person who queued the job, and nobody else ${sentence}`),
  'saved files belong to the tenant and are read by everybody in it',
  'where nobody gave Gatehouse a way to the disk',
  'a saved picture holds the graph and workflow of its tenant',
  'a role that sees files without their metadata gets the same head for HEAD',
  'one shared world behind the login',
  // The door.
  'a socket is refused to a stranger',
  'a socket closes when its key is revoked',
  // Names that no tenant has: ComfyUI, or the parser before it, refuses them as well. They are red where the judgement
  // of the name itself is taken out (userdata/own-name.ts, upload/judge-form.ts, routes/view.ts).
  'a file belongs to the tenant in whose folder it lies is not found by the query',
  'an upload lands in the folder of its own tenant or nowhere',
  'an upload lands in the folder of its own tenant or is refused whole',
  'saved files belong to the tenant and no spelling of the path',
  'an own file is found by every spelling of its place and by no other',
  'a role that sees files without their metadata cannot tell the file of another from none',
  ...['the folders that the operator names', 'the companion pack'].flatMap((way) => [
    `through ${way} a list of`,
    `through ${way} an order to delete`,
    `through ${way} what was deleted stays gone`,
    `through ${way} a link that leads out of the own folder`,
    // The door again: where a request comes from.
    `through ${way} a page of another site deletes nothing`,
  ]),
  // What one person may bring, and what is left of it when it breaks off.
  'what may be uploaded depends on the role',
  'a name is kept as it is, or refused whole',
  'a broken upload leaves nothing',
  'what is no bomb arrives whole',
  // What is theirs, who may at all, and where a route is.
  'the proofs are one for each row',
  'those who may get what is theirs by',
  'every role that may is let in by',
  'a role that may not and a stranger by',
  'the other side of /api has no',
  // The same for everybody who is signed in, or for everybody.
  ...sameForAll.map((row) => `everybody else gets nothing of it by ${row}`),
  // What brings files and prompts in stays as it is in both worlds; ComfyUI answers the others as the refusal does, and
  // that it hears of them is the other sentence.
  ...['POST /prompt', 'POST /upload/', 'POST /free', 'PATCH /internal/logs/subscribe'].map(
    (row) => `a role that may not is refused by ${row}`,
  ),
]
