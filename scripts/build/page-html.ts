/** What HTML are the own pages? Shells without inline script or style, so that their policy can be `'self'`. */

/** Pages that a script draws. */
export const pageNames = ['login', 'setup', 'account', 'admin', 'invite', 'register', 'link'] as const
export type PageName = (typeof pageNames)[number] | 'waiting'

const titles: Readonly<Record<PageName, string>> = {
  login: 'Sign in',
  setup: 'Set up',
  account: 'Account',
  admin: 'Administration',
  invite: 'Invitation',
  register: 'Ask for an account',
  link: 'Sign in this device',
  waiting: 'ComfyUI is starting',
}

const drawnBody =
  '<div id="page"></div>\n<noscript><main class="card"><p>This page needs JavaScript.</p></main></noscript>'

const waitingBody = `<main class="card" aria-labelledby="title">
<div class="spinner" aria-hidden="true"></div>
<h1 id="title">ComfyUI is not ready yet</h1>
<p>It is starting, or being restarted. This page goes on by itself as soon as it answers.</p>
<p class="quiet" role="status" id="status"></p>
</main>`

/** The document of one page; `assets` maps plain names to the hashed ones below `/gatehouse/`. */
export function renderPage(name: PageName, assets: ReadonlyMap<string, string>): string {
  const at = (plain: string) => {
    const hashed = assets.get(plain)
    if (hashed === undefined) throw new TypeError(`The build made no ${plain}.`)
    return `/gatehouse/${hashed}`
  }
  // Without script the waiting page still goes on by itself.
  const refresh = name === 'waiting' ? '<noscript><meta http-equiv="refresh" content="3"></noscript>\n' : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark">
<meta name="referrer" content="same-origin">
<meta name="robots" content="noindex">
${refresh}<title>${titles[name]} - Gatehouse</title>
<link rel="icon" type="image/svg+xml" href="${at('icon.svg')}">
<link rel="stylesheet" href="${at('page.css')}">
<script type="module" src="${at(`${name}.js`)}"></script>
</head>
<body>
${name === 'waiting' ? waitingBody : drawnBody}
</body>
</html>
`
}
