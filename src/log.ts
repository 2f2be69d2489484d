/** The one logger: JSON lines with secrets taken out by field name, by form, and errors by an allow-list. */

import { pino, type DestinationStream, type Logger } from "pino";

export type { Logger };

/** Names of fields whose values are never written, whatever they hold. */
const secretName =
  /(authorization|cookie|signature|token|secret|password|passwd|credential|api[-_]?key)s?$/i;
const removed = "[removed]";
const depthMax = 6;
const causesMax = 5;
const itemsMax = 100;

/** Forms that secrets have in plain text: they may stand in a message that we did not write. */
const secretForms: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic|Token token=)\s*[A-Za-z0-9+/._~=-]{4,}/gi, `$1 ${removed}`],
  [/([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"\\]+@/gi, `$1${removed}@`],
  // Bindings of a child logger, which no formatter of pino sees.
  [
    /("[\w-]*(?:authorization|cookie|signature|token|secret|password|passwd|credential|api[-_]?key)s?":)"(?:[^"\\]|\\.)*"/gi,
    `$1"${removed}"`,
  ],
  [/\b(v1|sha256)=[0-9a-f]{16,}/gi, `$1=${removed}`],
];

/**
 * Takes the least level that is written and, for tests, where to; gives the logger.
 * Times are ISO 8601.
 */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: cleanFields,
    },
    serializers: { err: (value: unknown) => value },
    hooks: { streamWrite: maskSecrets },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function maskSecrets(line: string): string {
  return secretForms.reduce((text, [form, mask]) => text.replaceAll(form, mask), line);
}

function cleanFields(fields: Record<string, unknown>): Record<string, unknown> {
  return cleanRecord(fields, 0);
}

function cleanRecord(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .slice(0, itemsMax)
      .map(([name, value]) => [name, secretName.test(name) ? removed : clean(value, depth + 1)]),
  );
}

function clean(value: unknown, depth: number): unknown {
  if (value instanceof Error) {
    return serializeError(value, 0);
  }
  if (typeof value !== "object" || value === null || value instanceof Date) {
    return value;
  }
  if (depth >= depthMax) {
    return "[too deep]";
  }
  if (Array.isArray(value)) {
    return value.slice(0, itemsMax).map((item: unknown) => clean(item, depth + 1));
  }
  if (ArrayBuffer.isView(value)) {
    return `[${value.byteLength} bytes]`;
  }
  return cleanRecord(value, depth);
}

/** What may be known of an error: HTTP clients' errors carry headers and bodies, which are not among it. */
function serializeError(error: Error, depth: number): Record<string, unknown> {
  const code = "code" in error ? error.code : undefined;
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    stack: error.stack,
    ...(error.cause === undefined || depth >= causesMax
      ? {}
      : {
          cause:
            error.cause instanceof Error
              ? serializeError(error.cause, depth + 1)
              : { message: typeof error.cause === "string" ? error.cause : "not an error" },
        }),
  };
}
