/** Which paths reach which handler, and how are the others answered? Measured with raw requests. */
import { describe, expect, it } from 'vitest'
import { type RawRequest, rawRequest } from './raw-http.ts'
import type { TargetOf } from './target.ts'

const queueBody = '{"queue_running": [], "queue_pending": []}'

const reachQueue: readonly string[] = [
  '/queue',
  '/api/queue',
  '/%71ueue',
  '/api/%71ueue',
  '/queue#fragment',
  'http://elsewhere.example/queue',
  '/queue?x=1&x=2',
]

const missing: readonly string[] = [
  '/nope',
  '/queue/',
  '/api',
  '/api//queue',
  '/QUEUE',
  '/api%2Fqueue',
  '/x/../queue',
  '/x/%2e%2e/queue',
  '/./queue',
  '/queue;a',
  '/queue%',
  '/queue%zz',
  '/jobs',
  '/ws/',
  '/api/internal/logs',
  '/userdata/a/b',
]

const routerTexts: readonly (readonly [string, string, number, string, string | undefined])[] = [
  ['GET', '//queue', 404, '404: Not Found', undefined],
  ['GET', '/queue%00', 404, '404: Not Found', undefined],
  ['GET', '/internal', 404, '404: Not Found', undefined],
  ['GET', '/internal/nope', 404, '404: Not Found', undefined],
  ['POST', '/nope', 405, '405: Method Not Allowed', 'GET,HEAD'],
  ['DELETE', '/queue', 405, '405: Method Not Allowed', 'GET,HEAD,POST'],
  ['PUT', '/api/queue', 405, '405: Method Not Allowed', 'GET,HEAD,POST'],
  ['PATCH', '/prompt', 405, '405: Method Not Allowed', 'GET,HEAD,POST'],
  ['POST', '/internal/logs', 405, '405: Method Not Allowed', 'GET,HEAD'],
  ['POST', '/userdata/a/b', 405, '405: Method Not Allowed', 'GET,HEAD'],
  ['GET', '/assets', 403, '403: Forbidden', undefined],
]

const jsonAnswers: readonly (readonly [RawRequest, number, string])[] = [
  [
    { target: '/api/jobs' },
    200,
    '{"jobs": [], "pagination": {"offset": 0, "limit": null, "total": 0, "has_more": false}}',
  ],
  [
    { target: '/api/api/jobs?limit=1' },
    200,
    '{"jobs": [], "pagination": {"offset": 0, "limit": 1, "total": 0, "has_more": false}}',
  ],
  [{ target: '/api/jobs/zzz' }, 404, '{"error": "Job not found"}'],
  [{ target: '/history/zzz' }, 200, '{}'],
  [{ target: '/prompt' }, 200, '{"exec_info": {"queue_remaining": 0}}'],
  [{ target: '/object_info/Nope' }, 200, '{}'],
  [{ target: '/internal/files/x' }, 400, '{"error": "Invalid directory type"}'],
  [{ target: '/global_subgraphs/zz' }, 200, 'null'],
  [{ target: '/settings/nope' }, 200, 'null'],
  [
    { target: '/api/jobs?status=foo' },
    400,
    '{"error": "Invalid status value(s): foo. Valid values: pending, in_progress, completed, failed, cancelled"}',
  ],
  [{ target: '/api/jobs?sort_by=x' }, 400, `{"error": "sort_by must be 'created_at' or 'execution_duration'"}`],
  [{ target: '/api/jobs?sort_order=x' }, 400, `{"error": "sort_order must be 'asc' or 'desc'"}`],
  [{ target: '/api/jobs?limit=0' }, 400, '{"error": "limit must be a positive integer"}'],
  [{ target: '/api/jobs?limit=x' }, 400, '{"error": "limit must be an integer"}'],
  [{ target: '/api/jobs?offset=x' }, 400, '{"error": "offset must be an integer"}'],
  [{ method: 'POST', target: '/api/jobs/x/cancel', body: '' }, 200, '{"cancelled": false}'],
  [{ method: 'POST', target: '/api/jobs/cancel', body: '{' }, 400, '{"error": "Request body must be valid JSON"}'],
  [{ method: 'POST', target: '/api/jobs/cancel', body: '{}' }, 400, '{"error": "job_ids must be a list"}'],
  [
    { method: 'POST', target: '/api/jobs/cancel', body: '{"job_ids":["x",5]}' },
    400,
    '{"error": "job_ids contains invalid id(s)", "invalid_ids": ["x", "5"]}',
  ],
]

const assetPaths = [
  '/api/assets',
  '/api/tags',
  '/api/assets/seed/status',
  '/api/assets/11111111-1111-4111-8111-111111111111',
]

const emptyAnswers: readonly (readonly [RawRequest, number])[] = [
  [{ target: '/models/nope' }, 404],
  [{ target: '/experiment/models/nope' }, 404],
  [{ target: '/experiment/models/preview/checkpoints/0/' }, 400],
  [{ target: '/experiment/models/preview/checkpoints/x/a' }, 400],
  [{ target: '/experiment/models/preview/checkpoints/9/a' }, 404],
  [{ target: '/experiment/models/preview/checkpoints/0/..%2F..%2Fx' }, 403],
  [{ target: '/view_metadata/checkpoints' }, 404],
  [{ target: '/view?filename=blake3:ff' }, 404],
  [{ method: 'OPTIONS', target: '/nope' }, 200],
  [{ target: '/queue', headers: ['Origin: https://elsewhere.example'] }, 403],
  [{ target: '/queue', headers: ['Sec-Fetch-Site: cross-site'] }, 403],
  [{ target: '/nope', headers: ['Sec-Fetch-Site: cross-site'] }, 403],
  [{ method: 'POST', target: '/queue', body: '[]' }, 200],
  [{ method: 'POST', target: '/interrupt', body: '' }, 200],
  [{ method: 'POST', target: '/interrupt', body: 'no json' }, 200],
  [{ method: 'POST', target: '/free', body: '{}' }, 200],
  [{ method: 'POST', target: '/history', body: '{}' }, 200],
]

const raising: readonly RawRequest[] = [
  { target: '/history?max_items=x' },
  { method: 'POST', target: '/queue', body: 'null' },
  { method: 'POST', target: '/queue', body: '' },
  { method: 'POST', target: '/interrupt', body: '[]' },
  { method: 'POST', target: '/free', body: '' },
  { method: 'POST', target: '/prompt', body: '' },
  { method: 'POST', target: '/prompt', body: 'null' },
  { method: 'POST', target: '/prompt', body: '{"prompt":null}' },
  { method: 'POST', target: '/prompt', body: '{"prompt":[]}' },
  { method: 'POST', target: '/prompt', body: '{"prompt":{},"number":"x"}' },
  { method: 'POST', target: '/settings', body: '[]' },
  { method: 'POST', target: '/users', body: '{}' },
]

export function routesContract(target: TargetOf): void {
  describe('routes', () => {
    it.each(reachQueue)('answers %s as the queue', async (path) => {
      const answer = await rawRequest(target(), { target: path })
      expect([answer.status, answer.text]).toEqual([200, queueBody])
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(answer.headers.get('content-length')).toBe(String(queueBody.length))
    })

    it.each(missing)('has nothing at %s', async (path) => {
      const answer = await rawRequest(target(), { target: path })
      expect([answer.status, answer.text]).toEqual([404, ''])
      expect(answer.headers.get('content-type')).toBe('application/octet-stream')
      expect(answer.headers.get('transfer-encoding')).toBe('chunked')
    })

    it.each(routerTexts)('answers %s %s with %i in text', async (method, path, status, text, allow) => {
      const answer = await rawRequest(target(), { method, target: path })
      expect([answer.status, answer.text, answer.headers.get('allow')]).toEqual([status, text, allow])
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    })

    it.each(jsonAnswers)('answers %j with %i and its JSON to the byte', async (request, status, body) => {
      const answer = await rawRequest(target(), request)
      expect([answer.status, answer.text]).toEqual([status, body])
    })

    it.each(emptyAnswers)('answers %j with an empty %i', async (request, status) => {
      const answer = await rawRequest(target(), request)
      expect([answer.status, answer.text, answer.headers.get('content-type')]).toEqual([status, '', undefined])
    })

    it.each(raising)('answers %j, over which a handler stumbles, with 500 and closes', async (request) => {
      const answer = await rawRequest(target(), request)
      expect([answer.status, answer.text]).toEqual([500, '500 Internal Server Error\n\nServer got itself in trouble'])
      expect(answer.headers.get('connection')).toBe('close')
    })

    it.each(assetPaths)('has assets switched off at %s', async (path) => {
      const answer = await rawRequest(target(), { target: path })
      expect(answer.status).toBe(503)
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'SERVICE_DISABLED', details: {} } })
    })

    it('gives HEAD the headers of GET and no body', async () => {
      const answer = await rawRequest(target(), { method: 'HEAD', target: '/queue' })
      expect([answer.status, answer.body.length]).toEqual([200, 0])
      expect(answer.headers.get('content-length')).toBe(String(queueBody.length))
    })

    it('lets same-origin and origin-less pages in', async () => {
      const origin = `Origin: http://127.0.0.1:${target().port}`
      expect((await rawRequest(target(), { target: '/queue', headers: [origin] })).status).toBe(200)
      expect((await rawRequest(target(), { target: '/queue', headers: ['Origin: null'] })).status).toBe(200)
    })

    it('serves the page at / and /api/, never stored', async () => {
      for (const path of ['/', '/api/']) {
        const answer = await rawRequest(target(), { target: path })
        expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html'])
        expect(answer.headers.get('cache-control')).toBe('no-store, must-revalidate')
      }
    })

    it('normalises dots only inside the static root', async () => {
      expect((await rawRequest(target(), { target: '/assets/../index.html' })).status).toBe(200)
      expect((await rawRequest(target(), { target: '/../../etc/passwd' })).status).toBe(404)
    })

    it('marks missing scripts and pictures as the cache middleware does', async () => {
      const cacheOf = async (path: string) =>
        (await rawRequest(target(), { target: path })).headers.get('cache-control')
      expect(await cacheOf('/nope.js')).toBe('no-store')
      // A static file's 404 is decided after the middleware looked.
      expect(await cacheOf('/nope.png')).toBe('public, max-age=86400')
      expect(await cacheOf('/userdata/nope.png')).toBe('public, max-age=3600')
    })
  })
}
