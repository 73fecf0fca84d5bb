// Runs one statement with the official JavaScript driver and writes its records as JSON: node neo4j_driver.mjs URI USER PASSWORD STATEMENT
import neo4j from "neo4j-driver";

const [uri, user, password, statement] = process.argv.slice(2);
const driver = neo4j.driver(uri, neo4j.auth.basic(user, password), { disableLosslessIntegers: true });
try {
  const { keys, records } = await driver.executeQuery(statement, {}, { routing: neo4j.routing.READ });
  const plain = (value) =>
    value === null || typeof value !== "object" ? value
    : Array.isArray(value) ? value.map(plain)
    : value.labels ? { labels: value.labels, properties: plain(value.properties) }
    : value.type && value.properties ? { type: value.type, properties: plain(value.properties) }
    : value.constructor === Object ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
    : value.toString();
  console.log(JSON.stringify({ keys, rows: records.map((record) => keys.map((key) => plain(record.get(key)))) }));
} finally {
  await driver.close();
}
