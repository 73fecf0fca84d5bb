// The page of the HTTP interface without a bundle: what /openapi.json says, as a list.
import { data, element } from "./page.js";
import { connectToken } from "./token.js";

const METHODS = ["get", "head", "post", "put", "patch", "delete"];

function operation(path, method, { summary, description, parameters = [] }) {
  const block = element("details", {}, element("summary", {}, element("code", {}, `${method.toUpperCase()} ${path}`), ` ${summary ?? ""}`));
  if (description) block.append(element("p", {}, description));
  const list = element("ul");
  for (const parameter of parameters.filter((one) => one.name)) {
    const needed = parameter.required ? ", needed" : "";
    list.append(element("li", {}, element("code", {}, parameter.name), ` (${parameter.in}${needed}) ${parameter.description ?? ""}`));
  }
  if (parameters.length) block.append(list);
  return block;
}

async function show() {
  const place = document.getElementById("swagger");
  const response = await fetch(`${data.base}/openapi.json`);
  if (!response.ok) {
    place.textContent = await response.text();
    return;
  }
  const { info, paths } = await response.json();
  place.className = "text";
  place.append(element("h1", {}, info.title));
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of METHODS.filter((name) => methods[name])) place.append(operation(path, method, methods[method]));
  }
}

connectToken(data.base, () => {});
show();
