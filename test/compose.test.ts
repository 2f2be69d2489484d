/** What the compose file and the Dockerfile promise, by their content: no container engine is needed. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { startJiraSandbox } from "../sandbox/jira/sandbox.ts";
import { startNotionSandbox } from "../sandbox/notion/sandbox.ts";
import { startPagerDutySandbox } from "../sandbox/pagerduty/sandbox.ts";
import { settingNames, settingOf } from "../src/config/settings.ts";

const root = join(import.meta.dirname, "..");

const Service = z.object({
  image: z.string(),
  build: z.object({ context: z.string(), target: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  profiles: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  env_file: z
    .array(z.union([z.string(), z.object({ path: z.string(), required: z.boolean() })]))
    .optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  tmpfs: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  stop_grace_period: z.string().optional(),
  mem_limit: z.string(),
  read_only: z.boolean(),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
});
type Service = z.infer<typeof Service>;

const Compose = z.object({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.unknown()),
});

const composeText = readFileSync(join(root, "docker-compose.yml"), "utf8");
const compose = Compose.parse(parse(composeText, { merge: true }));
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");

function service(name: string): Service {
  const found = compose.services[name];
  if (found === undefined) {
    throw new Error(`docker-compose.yml has no service ${name}`);
  }
  return found;
}

/** NAME=value lines without comments. */
function readEnvironment(file: string): Record<string, string> {
  const lines = readFileSync(join(root, file), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/** The stages by name, each with its lines. */
function stages(): Map<string, string> {
  const parts = dockerfile.split(/^FROM /mu).slice(1);
  return new Map(parts.map((part) => [/ AS (\S+)/u.exec(part)?.[1] ?? "", part]));
}

describe("docker-compose.yml", () => {
  it("runs a receiver, workers and Redis, and with the sandbox profile the stand-ins", () => {
    const byDefault = Object.entries(compose.services)
      .filter(([, { profiles }]) => profiles === undefined)
      .map(([name]) => name);
    expect(byDefault).toEqual(["receiver", "worker", "redis"]);
    expect(service("receiver").command).toContain("--role=receiver");
    expect(service("worker").command).toContain("--role=worker");
    expect(service("sandbox").profiles).toEqual(["sandbox"]);
    expect(service("debrief-sandbox").profiles).toEqual(["sandbox"]);
  });

  it("holds no value of a secret", () => {
    const secrets = settingNames.filter(
      (name) => settingOf(name).secret === true && name !== "STORE_URL",
    );
    const given = Object.values(compose.services).flatMap(({ environment = {} }) =>
      Object.keys(environment),
    );
    expect(given.filter((name) => secrets.some((secret) => secret === name))).toEqual([]);
    expect(composeText).not.toMatch(/ntn_|whsec|:\/\/[^\s/]*:[^\s/]*@/u);
  });

  it.each(["receiver", "worker"])("gives the %s what it needs from .env, and Redis", (name) => {
    const { env_file: files, environment, depends_on: needs } = service(name);
    expect(files).toEqual([{ path: ".env", required: false }]);
    expect(environment).toEqual({ STORE_URL: "redis://redis:6379" });
    expect(needs).toEqual({ redis: { condition: "service_healthy" } });
  });

  it("runs a Redis that keeps what it acknowledged", () => {
    const { command = [], volumes, healthcheck } = service("redis");
    const flags = command.join(" ");
    expect(flags).toContain("--appendonly yes");
    expect(flags).toContain("--appendfsync always");
    expect(flags).toContain("--maxmemory-policy noeviction");
    expect(volumes).toEqual(["redis-data:/data"]);
    expect(Object.keys(compose.volumes)).toEqual(["redis-data"]);
    expect(healthcheck?.test).toContain("redis-cli");
  });

  it.each(Object.keys(compose.services))("gives %s no rights that it does not need", (name) => {
    const { read_only: readOnly, cap_drop: dropped, security_opt: options, ports } = service(name);
    expect([readOnly, dropped, options]).toEqual([true, ["ALL"], ["no-new-privileges:true"]]);
    expect((ports ?? []).filter((port) => !port.startsWith("127.0.0.1:"))).toEqual([]);
  });

  it.each(Object.keys(compose.services))("learns whether %s is healthy", (name) => {
    const { healthcheck, build } = service(name);
    const inImage = stages()
      .get(build?.target ?? "")
      ?.includes("HEALTHCHECK");
    expect(healthcheck !== undefined || inImage).toBe(true);
  });

  it("gives Debrief longer to stop than it drains", () => {
    for (const name of ["receiver", "worker", "debrief-sandbox"]) {
      expect(service(name).stop_grace_period).toBe("30s");
    }
  });

  it("talks to the sandbox with the keys that the sandbox has", async () => {
    const { environment = {} } = service("sandbox");
    const { WEBHOOK_TARGET: webhookTarget = "", SANDBOX_PUBLIC_HOST: host = "" } = environment;
    expect([webhookTarget, host]).toEqual(["http://debrief-sandbox:3000", "sandbox"]);
    await using pagerduty = await startPagerDutySandbox({ webhookTarget });
    await using notion = await startNotionSandbox({ webhookTarget });
    notion.setWebhook();
    await using jira = await startJiraSandbox({ webhookTarget });
    expect(readEnvironment("sandbox/compose.env")).toEqual({
      ...pagerduty.environment(),
      ...notion.environment(),
      ...jira.environment(),
      PAGERDUTY_API_URL: `http://${host}:4000`,
      NOTION_API_URL: `http://${host}:4001`,
      JIRA_URL: `http://${host}:4002`,
    });
    expect(service("debrief-sandbox").env_file).toEqual(["sandbox/compose.env"]);
  });

  it("opens the ports of the three vendors and of the board, and asks each vendor for its health", () => {
    const ports = [4000, 4001, 4002, 4003];
    const stage = stages().get("sandbox") ?? "";
    expect(service("sandbox").ports).toEqual(
      ports.map((port) => `127.0.0.1:${String(port)}:${String(port)}`),
    );
    expect(stage).toContain(`EXPOSE ${ports.join(" ")}`);
    expect(stage).toContain("[4000,4001,4002]");
  });
});

describe("Dockerfile", () => {
  it("ends in the service: without root, with a volume and a health check", () => {
    expect([...stages().keys()]).toEqual(["dependencies", "sandbox", "service"]);
    const last = stages().get("service") ?? "";
    expect(last).toMatch(/^USER node$/mu);
    expect(last).toMatch(/^VOLUME \/data$/mu);
    expect(last).toMatch(/^HEALTHCHECK [\s\S]*readyz/mu);
    expect(last).toMatch(/^CMD \["node", "--max-semi-space-size=4", "src\/main\.ts"\]$/mu);
    expect(stages().get("sandbox")).toMatch(/^USER node$/mu);
  });

  it("installs in a stage of its own, without development dependencies or install scripts", () => {
    expect(stages().get("dependencies")).toMatch(/npm install --omit=dev --ignore-scripts/u);
    expect(stages().get("service")).not.toMatch(/^RUN npm/mu);
  });

  it("copies only what exists and what .dockerignore lets in", () => {
    const ignore = readFileSync(join(root, ".dockerignore"), "utf8").split("\n");
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gmu)].flatMap(
      ([, sources = ""]) => sources.split(" "),
    );
    expect(copied.length).toBeGreaterThan(0);
    expect(copied.filter((file) => !ignore.includes(`!${file}`))).toEqual([]);
    expect(copied.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it("gives the sandbox every package that it imports", () => {
    const imported = readdirSync(join(root, "sandbox"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !/testing\.ts$|\.test\.ts$/u.test(file))
      .map((file) => readFileSync(join(root, "sandbox", file), "utf8"))
      .flatMap((text) => [...text.matchAll(/^(?:import|\}) .*from "([^".:]+)";$/gmu)])
      .map(([, name]) => name);
    const packages = [...new Set(imported)];
    expect(packages).toContain("zod");
    const stage = stages().get("sandbox") ?? "";
    expect(packages.filter((name) => !stage.includes(`/node_modules/${name} `))).toEqual([]);
  });
});
