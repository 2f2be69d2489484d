/** The board in a real browser, with the service between the vendors: what a person does there crosses over. */

import type { Browser, Locator, Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startBoard, type Board } from "../../sandbox/board/board.ts";
import type { IssueView } from "../../sandbox/jira/views-of-world.ts";
import { openBrowser } from "../support/browser.ts";
import { waitFor } from "../support/wait.ts";
import { openWorld, type World } from "../support/world.ts";

let world: World;
let board: Board;
let browser: Browser | undefined;
let closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  browser = await openBrowser();
  if (browser === undefined) {
    return;
  }
  const opened = browser;
  world = await openWorld({ jira: {}, yaml: "jira:\n  hops: 3\n" });
  board = await startBoard(world);
  closing = [
    () => opened.close(),
    () => board.close(),
    async () => {
      await world[Symbol.asyncDispose]();
    },
  ];
  await world.start();
});

afterEach(async () => {
  for (const close of closing) {
    await close();
  }
  closing = [];
});

interface Looking {
  readonly page: Page;
  /** What the browser complained about: refused styles, failed scripts. */
  readonly complaints: readonly string[];
}

/** Opens the board on a P1 that has its page. */
async function look(here: Browser): Promise<Looking> {
  const incident = world.trigger({ title: "Checkout is slow", priority: "P1" });
  await world.untilPage(incident, "the page", () => true);
  const page = await here.newPage({ viewport: { width: 1600, height: 1000 } });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") {
      complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(board.url);
  return { page, complaints };
}

async function addItem(page: Page, title: string): Promise<void> {
  await page.getByLabel("Title of the action item").fill(title);
  await page.getByLabel("Owner of the action item").selectOption("Ben Lindqvist");
  await page.getByLabel("Due date of the action item").fill("2030-01-31");
  await page.getByRole("button", { name: "Add", exact: true }).click();
}

function column(page: Page, name: string): Locator {
  return page.getByRole("region", { name: `${name} in Operations`, exact: true });
}

function card(page: Page, title: string): Locator {
  return page.getByRole("article", { name: new RegExp(`^OPS-\\d+ ${title}$`, "u") });
}

function rowOf(title: string): ReturnType<World["notion"]["page"]> {
  return world.notion.pages("Action items").find((row) => row.title === title);
}

function issueOf(title: string): IssueView | undefined {
  return world.jira.issues().find(({ summary }) => summary === title);
}

async function untilStatus(title: string, status: string): Promise<void> {
  await waitFor(`the row to be ${status}`, () => rowOf(title)?.properties["Status"] === status);
}

describe("the board in a browser", () => {
  it("adds an item whose card appears, drags it to Done, and the row turns Done in Notion", async ({
    skip,
  }) => {
    const { page, complaints } = await look(browser ?? skip("no browser"));
    await addItem(page, "Cap the pool");
    const mine = card(page, "Cap the pool");
    await mine.waitFor();
    expect(await column(page, "To Do").getByRole("article").count()).toBe(1);
    const { width = 0, height = 0 } = (await column(page, "Done").boundingBox()) ?? {};
    await mine.dragTo(column(page, "Done"), { targetPosition: { x: width / 2, y: height / 2 } });
    await column(page, "Done").getByRole("article").waitFor();
    await untilStatus("Cap the pool", "Done");
    expect(issueOf("Cap the pool")).toMatchObject({ status: { name: "Done" }, resolution: "Done" });
    const status = page.getByLabel("Status of Cap the pool");
    await expect.poll(() => status.inputValue(), { timeout: 10_000 }).toBe("Done");
    expect(complaints).toEqual([]);
  });

  it("does by keyboard what dragging does, and edits both sides", async ({ skip }) => {
    const { page, complaints } = await look(browser ?? skip("no browser"));
    await addItem(page, "Alert on it");
    await card(page, "Alert on it").waitFor();
    const { key = "", id = "" } = issueOf("Alert on it") ?? {};
    await page.getByLabel(`Move or edit ${key}`).focus();
    await page.keyboard.press("Enter");
    await page.getByLabel(`Column for ${key}`).selectOption("In Progress");
    const move = page.getByRole("button", { name: `Move ${key}` });
    await move.focus();
    await page.keyboard.press("Enter");
    await column(page, "In Progress").getByRole("article").waitFor();
    await untilStatus("Alert on it", "In progress");
    // The board was redrawn under the keyboard, which is still where it was.
    const focused = page.locator(`#move-${id}`);
    await expect
      .poll(() => focused.evaluate((one) => one === one.ownerDocument.activeElement))
      .toBe(true);

    await page.getByLabel("Due date of Alert on it").fill("2030-02-28");
    await page.getByRole("button", { name: "Save Alert on it" }).click();
    await waitFor("the issue's date", () => issueOf("Alert on it")?.duedate === "2030-02-28");

    await page.getByLabel("Summary").fill("Alert at 80 %");
    await page.getByLabel("Assignee").selectOption("Chloe Tanaka");
    await page.getByRole("button", { name: `Save ${key}` }).click();
    await waitFor("the row's name and owner", () => {
      const row = rowOf("Alert at 80 %");
      return JSON.stringify(row?.properties["Owner"]) === '["Chloe Tanaka"]';
    });
    await page.getByText("Alert at 80 %").first().waitFor();
    expect(complaints).toEqual([]);
  });
});
