/** Does the sidecar ask an address of the attacker's choice? Deeper: tests/identity/jwt-issuers.test.ts. */
import { expect } from 'vitest'
import { startConfigured } from '../../support/configured.ts'
import { startTokenIssuer, type TokenIssuer } from '../../support/token-issuer.ts'
import { attack, type Family, type Scene } from '../attack.ts'

/** What a site that fetches this issuer's keys answers to each token in turn. */
async function answersOf({ prefix }: Scene, { url, jwksUrl }: TokenIssuer, sent: readonly string[]) {
  const keys = `jwks_url: '${jwksUrl}'`
  await using site = await startConfigured(
    `auth: { jwt: [{ name: studio, issuer: '${url}', audience: comfyui, ${keys} }] }`,
  )
  const answers: number[] = []
  for (const token of sent) {
    const answer = await fetch(`${site.address}${prefix}/history`, { headers: { authorization: `Bearer ${token}` } })
    await answer.body?.cancel()
    answers.push(answer.status)
  }
  return answers
}

const chosenAddresses = attack('A48', 'a token, or an answer of its issuer, that names an address to ask', {
  by: ['anonymous'],
  attempt: async (scene) => {
    await using evil = await startTokenIssuer()
    await using issuer = await startTokenIssuer()
    scene.attacker.triesOtherwise()
    const claims = { iss: issuer.url }
    const forged = [
      await evil.token('alice'),
      await evil.token('alice', claims, { jku: evil.jwksUrl }),
      await evil.token('alice', claims, { x5u: evil.jwksUrl }),
      await evil.token('alice', claims, { kid: evil.jwksUrl }),
      await evil.token('alice', { ...claims, jku: evil.jwksUrl, aud: evil.jwksUrl }),
    ]
    expect(new Set(await answersOf(scene, issuer, forged))).toEqual(new Set([401]))
    // An answer that leads elsewhere is no set of keys.
    issuer.answersWith({ status: 302, headers: { location: evil.jwksUrl } })
    expect(await answersOf(scene, issuer, [await evil.token('alice', claims)])).toEqual([503])
    expect([issuer.fetches() > 0, evil.fetches()]).toEqual([true, 0])
  },
  control: async (scene) => {
    await using issuer = await startTokenIssuer()
    const [status = 0] = await answersOf(scene, issuer, [await issuer.token('alice')])
    return { status }
  },
})

export const addresses: Family = { name: 'addresses to ask', attacks: [chosenAddresses] }
