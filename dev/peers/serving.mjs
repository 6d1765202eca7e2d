/**
 * What every peer does: serve on a free loopback port, be controlled over a second one, say in one
 * line of JSON where both are, record the calls, fail when told to, and end with its parent.
 */
import http from 'node:http'

const HOST = '127.0.0.1'

/** Calls that came, and answers that a test ordered for a path. */
export class Traffic {
  calls = []
  orders = []

  reset() {
    this.calls = []
    this.orders = []
  }

  /** `order`: {path, status, body (text or JSON), content_type, headers, times}. */
  order(order) {
    this.orders.push({ status: 500, times: 1, ...order })
  }

  take(path) {
    const found = this.orders.find((order) => order.path === path && order.times > 0)
    if (found) found.times -= 1
    return found
  }
}

export function sendJson(response, body, status = 200, headers = {}) {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers })
  response.end(text)
}

export async function readText(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function answerAsOrdered(response, { status, body = '', content_type: type, headers = {} }) {
  const isText = typeof body === 'string'
  response.writeHead(status, { 'Content-Type': type ?? (isText ? 'text/html' : 'application/json'), ...headers })
  response.end(isText ? body : JSON.stringify(body))
}

async function listen(handler) {
  const server = http.createServer((request, response) => {
    Promise.resolve(handler(request, response)).catch((error) => {
      process.stderr.write(`${error.stack}\n`)
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  await new Promise((resolve) => server.listen(0, HOST, resolve))
  return `http://${HOST}:${server.address().port}`
}

/**
 * @param traffic   the peer's Traffic
 * @param start     called with the base URL before anything is answered; gives {handle, control, state}:
 *                  handle(request, response) serves, control(asked) obeys, state() describes.
 */
export async function serve(traffic, start) {
  let peer
  const url = await listen((request, response) => {
    const path = new URL(request.url, url).pathname
    response.on('finish', () => traffic.calls.push({ method: request.method, path, status: response.statusCode }))
    const order = traffic.take(path)
    return order ? answerAsOrdered(response, order) : peer.handle(request, response)
  })
  peer = await start(url)
  const controlUrl = await listen(async (request, response) => {
    if (request.method === 'POST') {
      const asked = JSON.parse(await readText(request))
      if (asked.reset) traffic.reset()
      if (asked.forget_calls) traffic.calls = []
      if (asked.answer) traffic.order(asked.answer)
      await peer.control(asked)
    }
    sendJson(response, { ...(await peer.state()), calls: traffic.calls })
  })
  process.stdin.on('end', () => process.exit(0)).resume()
  process.stdout.write(`${JSON.stringify({ url, control_url: `${controlUrl}/__control` })}\n`)
}
