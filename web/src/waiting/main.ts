/** What does the waiting page do? Asks for its own address and goes on when that is no longer "not ready". */

const pauseMs = 3_000
const statusLine = document.getElementById('status')

async function look(): Promise<void> {
  if (await isAnswered()) return location.reload()
  if (statusLine !== null) statusLine.textContent = `Last asked at ${new Date().toLocaleTimeString()}.`
  setTimeout(() => void look(), pauseMs)
}

/** 503 is what the sidecar answers while ComfyUI is down; a redirect to the login page is an answer, too. */
async function isAnswered(): Promise<boolean> {
  try {
    const headers = { Accept: 'text/html' }
    const response = await fetch(location.href, { cache: 'no-store', redirect: 'manual', headers })
    void response.body?.cancel()
    return response.status < 500
  } catch {
    return false // the sidecar itself is being restarted
  }
}

setTimeout(() => void look(), pauseMs)
