// The notification service: tells customers when the store takes their order and when the courier sets out.
//
// It follows two events of the bookstore and states one of its own, by the published contracts alone. Events come at
// least once, so each is known by its id (`ce_id`), and what is stated about it has an id made of that one: however often
// anything is delivered, a customer is told once, and whoever follows us counts it once.

import { Kafka, logLevel, Partitioners, type IHeaders, type KafkaMessage, type Producer } from "kafkajs";
import { type Body, Contracts } from "./contract.js";
import { Notices } from "./notices.js";

const TEXTS: Record<string, (body: Body) => string> = {
  OrderTaken: (body) => `${body["customerName"]} 님, 서점에서 『${body["itemName"]}』 주문을 접수했습니다.`,
  DeliveryStarted: (body) => `${body["customerName"]} 님, 『${body["itemName"]}』 배송을 시작했습니다.`,
};

const environment = process.env;
const contracts = new Contracts(
  environment["CONTRACTS"] ?? "../../docs/contracts",
  environment["OWN_CONTRACT"] ?? "contract",
  Object.keys(TEXTS),
);
const topic = environment["KAFKA_TOPIC"] ?? contracts.topic;
const notices = new Notices(environment["NOTICES"] ?? "notices.ndjson");
const kafka = new Kafka({
  clientId: "notification",
  brokers: (environment["KAFKA_BROKERS"] ?? "127.0.0.1:9092").split(","),
  logLevel: logLevel.ERROR,
});

function header(headers: IHeaders | undefined, name: string): string | undefined {
  const value = headers?.[name];
  return value === undefined ? undefined : String(value);
}

/** The bookstore's timestamp: yyyyMMddHHmmss in UTC. */
function stamp(time: Date): string {
  return time.toISOString().replace(/[-:T]/g, "").slice(0, 14);
}

async function handle(message: KafkaMessage, producer: Producer): Promise<void> {
  const kind = header(message.headers, "ce_type") ?? "";
  const text = TEXTS[kind];
  const id = header(message.headers, "ce_id");
  if (text === undefined || id === undefined || message.value === null) return;
  const body = JSON.parse(message.value.toString()) as Body;
  const problem = contracts.problem(kind, body);
  if (problem !== undefined) {
    // Somebody broke the contract. It is told, and the others are not held up.
    console.error(`${kind} ${id} is not as published: ${problem}`);
    return;
  }
  const [orderId, customerId] = [Number(body["orderId"]), Number(body["customerId"])];
  const told = { id, of: kind, orderId, customerId, text: text(body) };
  const isNew = notices.send(told);
  console.log(`${isNew ? "told" : "told before"}: ${kind} ${id} of order ${orderId}`);
  // Also if it was told before: the process may have ended between the notice and this.
  await state(producer, message, told);
}

async function state(producer: Producer, cause: KafkaMessage, told: { id: string } & Body): Promise<void> {
  const now = new Date();
  const { id, of, orderId, customerId, text } = told;
  const body = { eventType: "CustomerNotified", timestamp: stamp(now), orderId, customerId, of, text };
  const problem = contracts.problem("CustomerNotified", body);
  if (problem !== undefined) throw new Error(`CustomerNotified is not as published: ${problem}`);
  const trace = header(cause.headers, "traceparent");
  const headers: IHeaders = {
    "content-type": "application/json",
    ce_specversion: "1.0",
    ce_id: `notification-${id}`,
    ce_source: "notification",
    ce_type: "CustomerNotified",
    ce_time: now.toISOString(),
    ce_correlationid: header(cause.headers, "ce_correlationid") ?? id,
    ce_causationid: id,
    ce_partitionkey: String(orderId),
    ...(trace === undefined ? {} : { traceparent: trace }),
  };
  await producer.send({ topic, acks: -1, messages: [{ key: String(orderId), value: JSON.stringify(body), headers }] });
}

const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
const consumer = kafka.consumer({ groupId: environment["KAFKA_GROUP"] ?? "notification", sessionTimeout: 10_000 });

async function end(): Promise<void> {
  await consumer.disconnect();
  await producer.disconnect();
  notices.close();
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    void end().then(() => process.exit(0));
  });
}
consumer.on(consumer.events.CRASH, (event) => {
  console.error(`ended by ${event.payload.error.message}`);
  process.exit(1);
});

await producer.connect();
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
// The offset is committed after the message was handled.
await consumer.run({ autoCommitThreshold: 1, eachMessage: ({ message }) => handle(message, producer) });
console.log(`following ${Object.keys(TEXTS).join(" and ")} on ${topic}`);
