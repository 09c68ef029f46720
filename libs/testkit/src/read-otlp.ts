/** A span as the collector was told of it. */
export interface ReceivedSpan {
  /** `service.name` of the process. */
  readonly service: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly attributes: Attributes;
  /** 0 unset, 1 ok, 2 error. */
  readonly status: number;
  /** Ids of other traces that it refers to. */
  readonly links: readonly string[];
}

/** One series of a metric as the collector was told of it. */
export interface ReceivedPoint {
  readonly service: string;
  readonly name: string;
  readonly unit: string;
  readonly attributes: Attributes;
  /** Of a histogram, how many values it counted. */
  readonly value: number;
  /** Tells the series from all others. */
  readonly series: string;
}

type Attributes = Readonly<Record<string, string | number | boolean>>;

interface WireAttribute {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: number | string;
    readonly doubleValue?: number;
    readonly boolValue?: boolean;
  };
}
interface WireResource {
  readonly resource: { readonly attributes: readonly WireAttribute[] };
}
interface WireSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly WireAttribute[];
  readonly status: { readonly code?: number };
  readonly links?: readonly { readonly traceId: string }[];
}
interface WirePoint {
  readonly attributes: readonly WireAttribute[];
  readonly asInt?: number | string;
  readonly asDouble?: number;
  readonly count?: number | string;
}
interface WireMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly WirePoint[] };
  readonly gauge?: { readonly dataPoints: readonly WirePoint[] };
  readonly histogram?: { readonly dataPoints: readonly WirePoint[] };
}
interface Traces {
  readonly resourceSpans: readonly (WireResource & {
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  })[];
}
interface Metrics {
  readonly resourceMetrics: readonly (WireResource & {
    readonly scopeMetrics: readonly { readonly metrics: readonly WireMetric[] }[];
  })[];
}

/** The spans in the body of a request to /v1/traces. */
export function spansIn(body: unknown): readonly ReceivedSpan[] {
  return (body as Traces).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map(({ name, kind, traceId, spanId, parentSpanId = '', attributes, status, links = [] }) => ({
        service: serviceOf(resource),
        name,
        kind,
        traceId,
        spanId,
        parentSpanId,
        attributes: attributesFrom(attributes),
        status: status.code ?? 0,
        links: links.map((link) => link.traceId),
      })),
  );
}

/** The values in the body of a request to /v1/metrics. */
export function metricsIn(body: unknown): readonly ReceivedPoint[] {
  return (body as Metrics).resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics).flatMap((metric) => pointsOf(metric, serviceOf(resource), resource)),
  );
}

function pointsOf({ name, unit, ...data }: WireMetric, service: string, resource: object): readonly ReceivedPoint[] {
  const { dataPoints } = data.sum ?? data.gauge ?? data.histogram ?? { dataPoints: [] };
  return dataPoints.map(({ attributes, asInt, asDouble, count }) => {
    const value = Number(asInt ?? asDouble ?? count);
    const series = JSON.stringify([resource, name, attributes]);
    return { service, name, unit, attributes: attributesFrom(attributes), value, series };
  });
}

const serviceOf = ({ attributes }: WireResource['resource']) => String(attributesFrom(attributes)['service.name']);

function attributesFrom(wire: readonly WireAttribute[]): Attributes {
  return Object.fromEntries(
    wire.map(({ key, value: { stringValue, intValue, doubleValue, boolValue } }) => [
      key,
      stringValue ?? boolValue ?? Number(intValue ?? doubleValue),
    ]),
  );
}
