// The page of the HTTP interface: Swagger UI over this server's own description.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";
import "./docs.css";
import { authorization, connectToken } from "../plain/token.js";

const { base } = JSON.parse(document.getElementById("page-data").textContent);

connectToken(base, () => {});
SwaggerUI({
  url: `${base}/openapi.json`,
  dom_id: "#swagger",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  validatorUrl: null, // the description is shown to nobody else
  requestInterceptor(request) {
    // A server written into the description is not sent our token.
    if (new URL(request.url, location.href).origin === location.origin) Object.assign(request.headers, authorization());
    return request;
  },
});
