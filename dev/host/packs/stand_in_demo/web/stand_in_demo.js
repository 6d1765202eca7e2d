// Part of the stand-in, not of Passport: puts the demo graph where the frontend would load its
// stock graph (whose nodes do not exist here), and shows what the practice nodes answered.
import { app } from "/scripts/app.js";

const PRACTICE_NODES = ["PracticeApiNode", "PracticeApiNodeV3", "PracticeShowText"];

// Frontends of 2025 greet a new browser with an advertisement over the whole page.
window.localStorage.setItem("api-nodes-news-seen", "true");

let isFirstGraph = true;

async function demoGraph() {
  const response = await fetch(new URL("demo_graph.json", import.meta.url));
  return response.json();
}

function addAnswerWidget(node) {
  const widget = node.addWidget("text", "answer", "", () => {}, { serialize: false });
  widget.serialize = false;
  return widget;
}

app.registerExtension({
  name: "StandIn.Demo",

  async beforeConfigureGraph(graphData) {
    const known = window.LiteGraph.registered_node_types;
    const isStock = isFirstGraph && graphData.nodes?.every((node) => !(node.type in known));
    isFirstGraph = false;
    if (!isStock || graphData.nodes.length === 0) return;
    for (const key of Object.keys(graphData)) delete graphData[key];
    Object.assign(graphData, await demoGraph());
  },

  nodeCreated(node) {
    if (!PRACTICE_NODES.includes(node.comfyClass)) return;
    const answer = addAnswerWidget(node);
    const shown = node.onExecuted;
    node.onExecuted = function onExecuted(output) {
      shown?.call(this, output);
      answer.value = (output?.text ?? []).join("\n");
      node.setDirtyCanvas?.(true, true);
    };
  },
});
