import type { ServiceName } from '@holdfast/platform';
import type { Peer } from '@holdfast/test-e2e';
import { Wire } from '@holdfast/testkit/wire';

/** Whom a process talks to, but for destinations and the hosts of contents, whose addresses come in answers. */
type Far = Peer | 'microsoft';

interface Strand {
  readonly from: string;
  readonly to: Far;
  readonly wire: Wire;
}

/** Every process's wires to every peer: one each, so that one process can be cut off. */
export class Wiring {
  readonly #strands: Strand[] = [];

  /** The port by which a process reaches a peer. */
  async portTo(from: string, to: Far, port: number): Promise<number> {
    const wire = await Wire.to(port);
    this.#strands.push({ from, to, wire });
    return wire.port;
  }

  /** All that a process says and, of the process that answers for its service, all that it is asked. */
  ofProcess(name: string, service: ServiceName): Wire[] {
    const isAsked = name === `${service}-0`;
    return this.#strands.filter(({ from, to }) => from === name || (isAsked && to === service)).map(({ wire }) => wire);
  }

  /** Every process's wire to a server. */
  toPeer(peer: Peer): Wire[] {
    return this.#strands.filter(({ to }) => to === peer).map(({ wire }) => wire);
  }

  /** As if nothing had been. */
  mend(): void {
    for (const { wire } of this.#strands) wire.mend();
  }

  close(): void {
    for (const { wire } of this.#strands) wire.close();
  }
}
