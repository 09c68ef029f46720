import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { metricsIn, type ReceivedPoint, type ReceivedSpan, spansIn } from './read-otlp.js';

/** A collector on loopback that takes OTLP over HTTP as JSON and keeps what it was sent, for one test. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** The newest value of each series. */
  readonly #points = new Map<string, ReceivedPoint>();
  /** Headers of the last request. */
  headers: IncomingMessage['headers'] = {};
  requests = 0;
  /** What it answers with; other than 200 keeps nothing. */
  status = 200;

  private constructor(private readonly server: Server) {}

  /** Listens on a free port, or on one that is given. */
  static async start(port = 0): Promise<OtlpReceiver> {
    const server = createServer();
    const receiver = new OtlpReceiver(server);
    server.on('request', (request, response) => {
      void receiver.#take(request).then(() => response.writeHead(receiver.status).end('{}'));
    });
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return receiver;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get points(): readonly ReceivedPoint[] {
    return [...this.#points.values()];
  }

  /** The sum over a metric's series that have these labels; of a histogram, how many values it counted. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const isMeant = ({ attributes }: ReceivedPoint) =>
      Object.entries(labels).every(([label, value]) => attributes[label] === value);
    const meant = this.points.filter((point) => point.name === name && isMeant(point));
    return meant.reduce((sum, { value }) => sum + value, 0);
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  async #take(request: IncomingMessage): Promise<void> {
    this.requests += 1;
    this.headers = request.headers;
    const body = await json(request);
    if (this.status !== 200) return;
    if (request.url === '/v1/traces') this.spans.push(...spansIn(body));
    if (request.url === '/v1/metrics') for (const point of metricsIn(body)) this.#points.set(point.series, point);
  }
}
