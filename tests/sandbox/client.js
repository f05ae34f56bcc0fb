// Works with the stand-in's Graph API by a client that others wrote, and prints what came.
const graph = require("fbgraph");
const [url, token, customer] = process.argv.slice(2);
graph.setGraphUrl(url);
graph.setVersion("24.0");
graph.setAccessToken(token);

const call = (method, ...given) =>
  new Promise((done) => graph[method](...given, (error, answer) => done(error ?? answer)));
const send = (text) =>
  call("post", "me/messages", { recipient: JSON.stringify({ id: customer }), message: JSON.stringify({ text }) });

(async () => {
  const me = await call("get", "me", { fields: "user_id,username" });
  const sent = await send("In 2 days \u{1F44D}");
  const threads = await call("get", "me/conversations", { platform: "instagram", fields: "messages.limit(1){message}" });
  const nobody = await call("post", "me/messages", { message: JSON.stringify({ text: "Hello?" }) });
  graph.setAccessToken("another");
  const refused = await call("get", "me");
  console.log(JSON.stringify({ me, sent, threads, nobody, refused }));
})();
