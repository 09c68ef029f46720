import { explain, GRAPH_ERRORS } from '../graph-errors.js';
import { GraphFailure } from '../graph-failure.js';
import { causeCode } from './cause-code.js';
import { type HeaderMap, retryAfterMs } from './headers.js';

interface ErrorNode {
  readonly code?: unknown;
  readonly innerError?: unknown;
  readonly innererror?: unknown;
}

/** The refusal that a status, headers and body stand for. Microsoft's own words stay out: they may name people and files. */
export function failureFrom(status: number, headers: HeaderMap, body: string): GraphFailure {
  const codes = codesIn(body);
  const known = codes.findLast((code) => code.toLowerCase() in GRAPH_ERRORS) ?? codes[0] ?? '';
  const { code, means, patience } = explain(status, known.toLowerCase(), body.trim() !== '');
  const wait = retryAfterMs(headers);
  const location = headers['location'];
  return new GraphFailure(
    code,
    `Microsoft answered ${[status, known].filter((part) => part !== '').join(' ')}: ${means}`,
    {
      status,
      graphCode: known.toLowerCase(),
      patience,
      ...(typeof location === 'string' ? { location } : {}),
    },
    {
      context: { status, graphCode: known, requestId: String(headers['request-id'] ?? '') },
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    },
  );
}

/** Codes of Node and OpenSSL for a certificate that is not trusted, not valid or of another host. */
const CERTIFICATE = /CERT|UNABLE_TO_(GET|VERIFY)|ALTNAME/;

/** The connection broke, or the answer was not whole. A server that cannot be trusted is not asked again. */
export function brokenAnswer(cause: unknown): GraphFailure {
  const isDistrusted = CERTIFICATE.test(causeCode(cause));
  return new GraphFailure(
    'GRAPH_UNAVAILABLE',
    isDistrusted
      ? 'The server’s certificate is not trusted. Give the certificate authority of the cloud or the proxy in the settings.'
      : 'No whole answer came from Microsoft: the connection failed or broke. If this stays, check the network and the proxy.',
    { status: 0, graphCode: '', patience: isDistrusted ? 'none' : 'full' },
    { cause },
  );
}

/** The answer came whole and says what the documentation does not know. `rule` names the field and what it should be. */
export function unexpectedAnswer(rule: string, cause?: unknown): GraphFailure {
  return new GraphFailure(
    'GRAPH_UNEXPECTED',
    `Microsoft's answer breaks a rule of its documentation: ${rule}. Try again; if it stays, tell the maker with the request id.`,
    { status: 200, graphCode: '', patience: 'little' },
    { cause },
  );
}

/** Content is not (any more) what its item said. */
export function changedWhileRead(): GraphFailure {
  return new GraphFailure(
    'CONFLICT',
    'The content changed while it was read, or is not what its item says. It has to be read again from the start.',
    { status: 200, graphCode: '', patience: 'none' },
  );
}

/** The error codes of a body, outermost first. Graph nests `innerError`, SharePoint spells it `innererror`. */
function codesIn(body: string): string[] {
  const codes: string[] = [];
  let node = asNode(asNode(parse(body))?.error);
  while (node !== undefined && codes.length < 8) {
    if (typeof node.code === 'string') codes.push(node.code);
    node = asNode(node.innerError ?? node.innererror);
  }
  return codes;
}

function asNode(value: unknown): (ErrorNode & { readonly error?: unknown }) | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
