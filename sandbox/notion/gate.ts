/** What stands before and behind every Notion call: token, version, rate limit, held parents, and answers lost after the commit. */

import { setTimeout as sleepReal } from "node:timers/promises";
import { z } from "zod";
import { Refusal, type Answer, type SandboxRequest } from "../core/router.ts";
import { isFields } from "./check.ts";
import { errorAnswer } from "./errors.ts";
import type { World } from "./model.ts";

/** Commits a write and then answers an error: what "saved, but the answer was lost" looks like. */
export const CommitFault = z.object({
  /** A regular expression, tried on "METHOD path". Absent: every write. */
  match: z.string().optional(),
  status: z.union([z.literal(500), z.literal(502), z.literal(503), z.literal(504)]).default(503),
  /** Whether a 503 names what it committed. */
  withId: z.boolean().default(true),
  times: z.number().int().positive().default(1),
});
export type CommitFault = z.input<typeof CommitFault>;

export interface Gate {
  /** Refuses a bad token, a missing version, a blocked connection, and what exceeds the rate. */
  guard(request: SandboxRequest): Answer | undefined;
  /** Runs a write while it holds `key`; 409 when another write holds it. */
  write(key: string, request: SandboxRequest, run: () => Answer): Promise<Answer>;
  /** Loses the answers of coming writes; a ZodError when it is not a fault. */
  loseAnswers(fault: unknown): void;
  reset(): void;
}

export const newestVersion = "2026-03-11";
const versions = ["2025-09-03", newestVersion];

interface Standing extends z.infer<typeof CommitFault> {
  left: number;
}

export function createGate(world: World): Gate {
  const held = new Set<string>();
  const rate = createRate(world);
  let losing: Standing[] = [];

  function lost(request: SandboxRequest, answer: Answer): Answer | undefined {
    const place = `${request.method} ${request.path}`;
    const fault = losing.find((one) => new RegExp(one.match ?? "", "u").test(place));
    if (fault === undefined) {
      return undefined;
    }
    fault.left -= 1;
    losing = losing.filter((one) => one.left > 0);
    return lostAnswer(fault, request, answer);
  }

  return {
    guard(request) {
      if (request.headers["authorization"] !== `Bearer ${world.token}`) {
        return errorAnswer(401, "unauthorized", "API token is invalid.");
      }
      return rate.take() ?? checkVersion(request.headers["notion-version"]);
    },
    async write(key, request, run) {
      if (held.has(key)) {
        throw new Refusal(refusals.conflict());
      }
      const { holdWritesMs } = world.settings;
      if (holdWritesMs === 0) {
        const answer = run();
        return lost(request, answer) ?? answer;
      }
      held.add(key);
      try {
        const answer = run();
        await sleepReal(holdWritesMs);
        return lost(request, answer) ?? answer;
      } finally {
        held.delete(key);
      }
    },
    loseAnswers(fault) {
      const parsed = CommitFault.parse(fault);
      losing.push({ ...parsed, left: parsed.times });
    },
    reset() {
      losing = [];
      rate.reset();
    },
  };
}

/** Counts requests in fixed windows; the first request after a window's end opens the next. */
function createRate(world: World): { take(): Answer | undefined; reset(): void } {
  let windowStartMs = 0;
  let inWindow = 0;
  return {
    take() {
      const { settings, clock } = world;
      if (settings.blocked) {
        return limited("public_api_request_blocked", 60);
      }
      const nowMs = clock.now().getTime();
      if (nowMs - windowStartMs >= settings.rateWindowMs) {
        windowStartMs = nowMs;
        inWindow = 0;
      }
      inWindow += 1;
      if (!settings.rateLimitOn || inWindow <= settings.rateLimit) {
        return undefined;
      }
      const leftMs = windowStartMs + settings.rateWindowMs - nowMs;
      return limited("public_api_request_rate_limit", Math.max(Math.ceil(leftMs / 1000), 1));
    },
    reset() {
      windowStartMs = 0;
      inWindow = 0;
    },
  };
}

function checkVersion(version: string | undefined): Answer | undefined {
  if (version !== undefined && versions.includes(version)) {
    return undefined;
  }
  const known = versions.map((one) => `"${one}"`).join(", or ");
  const wanted = version === undefined ? "defined" : known;
  return errorAnswer(
    400,
    version === undefined ? "missing_version" : "validation_error",
    `Notion-Version header failed validation: Notion-Version header should be ${wanted}, instead was \`${version ?? "undefined"}\`.`,
  );
}

function limited(reason: string, retryAfterS: number): Answer {
  const message = "You have been rate limited. Please try again in a few minutes.";
  const answer = errorAnswer(429, "rate_limited", message, {
    rate_limit_reason: reason,
    retry_after: String(retryAfterS),
  });
  return { ...answer, headers: { ...answer.headers, "retry-after": String(retryAfterS) } };
}

function lostAnswer(fault: Standing, request: SandboxRequest, answer: Answer): Answer {
  switch (fault.status) {
    case 500:
      return errorAnswer(500, "internal_server_error", "Unexpected error occurred.");
    case 502:
      return badGateway;
    case 504:
      return errorAnswer(504, "gateway_timeout", "Request to Notion timed out.");
    case 503:
      break;
  }
  const committed = fault.withId ? committedIds(request, answer) : {};
  return errorAnswer(
    503,
    "service_unavailable",
    "The change was saved, but the response could not be built in time. Read the object again instead of repeating the write.",
    {
      from: "publicApi.pageObjectPointerToPageObject.beforePreload",
      elapsed_ms: "55012",
      deadline_ms: "55000",
      retry_guidance: [
        "Read the object again to confirm the saved change.",
        "Do not repeat the write.",
      ],
      ...committed,
    },
  );
}

/** Named for creates and appends; for other updates Notion names nothing. */
function committedIds(
  request: SandboxRequest,
  answer: Answer,
): Readonly<Record<string, string | readonly string[]>> {
  const body = isFields(answer.body) ? answer.body : {};
  if (Array.isArray(body["results"])) {
    const children = body["results"].map((one) => (isFields(one) ? String(one["id"]) : ""));
    return {
      committed_resource_id: request.params["block_id"] ?? "",
      committed_child_ids: children,
    };
  }
  return request.method === "POST" ? { committed_resource_id: String(body["id"]) } : {};
}

/** What the edge in front of Notion answers: HTML. */
export const badGateway: Answer = {
  status: 502,
  headers: { "content-type": "text/html" },
  body: "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n",
};

/** Ready-made answers for `status` faults that strike before anything is committed. */
export const refusals = {
  internalError: () => errorAnswer(500, "internal_server_error", "Unexpected error occurred."),
  badGateway: () => badGateway,
  unavailable: () =>
    errorAnswer(503, "service_unavailable", "Notion is unavailable. Please try again later."),
  timedOut: () => errorAnswer(504, "gateway_timeout", "Request to Notion timed out."),
  conflict: () =>
    errorAnswer(409, "conflict_error", "Conflict occurred while saving. Please try again."),
  overloaded(retryAfterS: number): Answer {
    const answer = errorAnswer(
      529,
      "service_overload",
      "Notion is overloaded. Please try again later.",
    );
    return { ...answer, headers: { ...answer.headers, "retry-after": String(retryAfterS) } };
  },
  workspaceLimit: (retryAfterS: number) =>
    limited("public_api_space_request_rate_limit", retryAfterS),
} as const;
