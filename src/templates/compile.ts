/**
 * One template file, checked and ready to render. The checks run at start: every name, every branch,
 * and a rendering of each sample, so that an incident is never the first to find a mistake.
 */

import type { Block, Document } from "../domain/document.ts";
import type { Template, TemplateValues } from "../domain/template.ts";
import { splitFrontMatter, type When } from "./front-matter.ts";
import { markerForm, type Page } from "./inline.ts";
import {
  branchesOf,
  explainLiquidError,
  type LiquidTemplate,
  parseLiquid,
  type Rendered,
} from "./liquid.ts";
import { type PlacedBlock, toBlocks } from "./markdown.ts";
import { hasReserved } from "./printed.ts";
import { type Problem, type Report, templateInvalid } from "./problems.ts";
import { entriesMax, type Sample, samples } from "./samples.ts";
import { checkVariables } from "./variables.ts";

/** A template as choosing needs it. */
export interface Candidate {
  readonly template: Template;
  readonly when: When | undefined;
  readonly whenLine: number;
}

export interface Compiled {
  /** Not to be used while there are problems. */
  readonly candidate: Candidate;
  readonly problems: readonly Problem[];
}

/** Of the 100 that Notion takes in one list; the rest is room for what Debrief adds. */
export const siblingsMax = 95;
/** Of the 1,000 that Notion takes in one request, leaving room for the timeline. */
const blocksMax = 800;
const defaultIcon = "📋";

/** Takes a file's name, the path to name in messages, and its content. */
export function compileTemplate(file: string, path: string, content: string): Compiled {
  const problems: Problem[] = [];
  function report(line: number, text: string): void {
    if (!problems.some((each) => each.line === line && each.text === text)) {
      problems.push({ line, text });
    }
  }
  const source = content.replace(/^\uFEFF/, "").replaceAll(/\r\n?/g, "\n");
  const { frontMatter, body } = splitFrontMatter(source, report);
  const liquid = checkSource(body, report);
  const template: Template = {
    name: frontMatter.name ?? file.replace(/\.md$/, ""),
    file,
    icon: frontMatter.icon ?? defaultIcon,
    render: (values) => renderTemplate(liquid, path, values),
  };
  const { when, whenLine } = frontMatter;
  return {
    candidate: { template, when, whenLine },
    problems: problems.toSorted((a, b) => a.line - b.line),
  };
}

function checkSource(body: string, report: Report): LiquidTemplate | undefined {
  for (const [index, line] of body.split("\n").entries()) {
    if (hasReserved(line)) {
      report(index + 1, "the characters U+E000 and U+E001 can't be used");
    }
  }
  const liquid = parseLiquid(body, report);
  if (liquid === undefined) {
    return undefined;
  }
  let isSound = true;
  function reportOf(line: number, text: string): void {
    isSound = false;
    report(line, text);
  }
  checkVariables(liquid.nodes, reportOf);
  checkMarkersFree(liquid.nodes, reportOf);
  checkMarkers(liquid.renderEveryBranch(), reportOf);
  // A mistake that is known by now would come again with every sample, in other words.
  for (const sample of isSound ? samples : []) {
    checkSample(liquid, sample, reportOf);
    if (!isSound) {
      break;
    }
  }
  return liquid;
}

// A marker in a condition could be there or not, or twice, depending on the incident.
function checkMarkersFree(nodes: LiquidTemplate["nodes"], report: Report): void {
  for (const branch of nodes.flatMap(branchesOf)) {
    for (const { token } of branch) {
      const found = token.getText().startsWith("{") ? null : markerForm.exec(token.getText());
      if (found !== null) {
        const line = token.input.slice(0, token.begin + found.index).split("\n").length;
        report(line, `${found[0]} can't stand inside of a Liquid tag; each page needs it`);
      }
    }
    checkMarkersFree(branch, report);
  }
}

/** Checks what holds for every incident: the Markdown of all branches, and both markers in their places. */
function checkMarkers(rendered: Rendered, report: Report): void {
  let isSound = true;
  const blocks = toBlocks(
    pageOf(rendered, (line, text) => {
      isSound = false;
      report(line, text);
    }),
  );
  const lastLine = rendered.lineOf(rendered.markdown.trimEnd().length);
  for (const marker of ["timeline", "action-items"] as const) {
    const [first, ...others] = blocks.filter(({ block }) => block.type === marker);
    // A marker may be missing only because what is around it was refused.
    if (first === undefined && isSound) {
      report(lastLine, `the marker <!-- ${marker} --> is missing; it needs a line of its own`);
    }
    for (const { at } of others) {
      const line = rendered.lineOf(first?.at ?? 0);
      report(rendered.lineOf(at), `<!-- ${marker} --> stands here again; first on line ${line}`);
    }
  }
  const place = blocks.findIndex(({ block }) => block.type === "action-items");
  const after = place === -1 ? undefined : blocks[place + 1];
  if (after !== undefined && after.block.type !== "action-items") {
    const text = "action items come last; nothing can follow <!-- action-items -->";
    report(rendered.lineOf(after.at), text);
  }
}

function checkSample(liquid: LiquidTemplate, sample: Sample, report: Report): void {
  try {
    const rendered = liquid.render(sample.values);
    const blocks = toBlocks(
      pageOf(rendered, (line, text) => report(line, `${text} (with ${sample.with})`)),
    );
    checkSize(blocks, sample, (at, text) => report(rendered.lineOf(at), text));
  } catch (error) {
    const { line, text } = explainLiquidError(error);
    report(line, `${text} (with ${sample.with})`);
  }
}

function checkSize(
  blocks: readonly PlacedBlock[],
  sample: Sample,
  report: (at: number, text: string) => void,
): void {
  const advice = "give its loop a limit: {% for alert in incident.alerts limit: 10 %}";
  if (blocks.length > siblingsMax) {
    const at = blocks[siblingsMax]?.at ?? 0;
    const count = `${blocks.length} top-level blocks with ${sample.with}`;
    report(at, `the page has ${count}; at most ${siblingsMax} fit; if it grows here, ${advice}`);
    return;
  }
  const crowded = blocks.find(({ block }) => largestFamily(block) > siblingsMax);
  if (crowded !== undefined) {
    const count = `${largestFamily(crowded.block)} blocks side by side with ${sample.with}`;
    report(crowded.at, `this holds ${count}; at most ${siblingsMax} fit; ${advice}`);
    return;
  }
  const total = blocks.reduce((sum, { block }) => sum + countBlocks(block), 0);
  if (total > blocksMax) {
    report(0, `the page has ${total} blocks with ${sample.with}; at most ${blocksMax} fit`);
  }
}

function childrenOf(block: Block): readonly Block[] {
  return "children" in block ? block.children : [];
}

function largestFamily(block: Block): number {
  const children = childrenOf(block);
  return Math.max(children.length, ...children.map(largestFamily));
}

function countBlocks(block: Block): number {
  return childrenOf(block).reduce((sum, child) => sum + countBlocks(child), 1);
}

function renderTemplate(
  liquid: LiquidTemplate | undefined,
  path: string,
  values: TemplateValues,
): Document {
  const problems: string[] = [];
  function report(line: number, text: string): void {
    problems.push(`${path}:${line}: ${text}`);
  }
  try {
    const rendered = liquid?.render(boundLists(values));
    const blocks = rendered === undefined ? [] : toBlocks(pageOf(rendered, report));
    if (problems.length === 0) {
      return { blocks: blocks.map(({ block }) => block) };
    }
  } catch (error) {
    const { line, text } = explainLiquidError(error);
    throw templateInvalid([`${path}:${line}: ${text}`], error);
  }
  throw templateInvalid(problems);
}

// The samples show that a template copes with this many; more could break the page.
function boundLists({ incident, clock }: TemplateValues): TemplateValues {
  const { teams, responders, alerts, changes } = incident;
  return {
    clock,
    incident: {
      ...incident,
      teams: teams.slice(0, entriesMax),
      responders: responders.slice(0, entriesMax),
      alerts: alerts.slice(0, entriesMax),
      changes: changes.slice(0, entriesMax),
    },
  };
}

function pageOf(rendered: Rendered, report: Report): Page {
  return { rendered, report: (at, text) => report(rendered.lineOf(at), text) };
}
