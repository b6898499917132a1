// What the bookstore publishes about its events, and what we publish about ours. Nothing else is known of either.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { parse } from "yaml";

/** An event's body as JSON has it. */
export type Body = Record<string, unknown>;

interface AsyncApi {
  channels: Record<string, { address: string }>;
  components: { schemas: Record<string, object> };
}

/** The contracts: the topic's name, and what the body of each kind of event must look like. */
export class Contracts {
  readonly topic: string;
  private readonly checks = new Map<string, ValidateFunction>();

  /**
   * @param published the directory with the bookstore's `asyncapi.yaml`
   * @param own the directory with the schemas of our own events
   * @param follows the kinds of event that we follow
   */
  constructor(published: string, own: string, follows: readonly string[]) {
    const document = parse(readFileSync(join(published, "asyncapi.yaml"), "utf8")) as AsyncApi;
    const [channel] = Object.values(document.channels);
    if (channel === undefined) throw new Error(`${published}/asyncapi.yaml has no channel`);
    this.topic = channel.address;
    const ajv = new Ajv2020({ strict: false });
    for (const name of follows) {
      const schema = document.components.schemas[name];
      if (schema === undefined) throw new Error(`${published}/asyncapi.yaml knows no ${name}`);
      this.checks.set(name, ajv.compile(schema));
    }
    const mine = JSON.parse(readFileSync(join(own, "CustomerNotified.json"), "utf8")) as object;
    this.checks.set("CustomerNotified", ajv.compile(mine));
  }

  /** Says why a body is none of its kind; undefined if it is one. */
  problem(kind: string, body: Body): string | undefined {
    const check = this.checks.get(kind);
    if (check === undefined) return `${kind} is not followed here`;
    if (check(body)) return undefined;
    return (check.errors ?? []).map((error) => `${error.instancePath || "the body"} ${error.message}`).join("; ");
  }
}
