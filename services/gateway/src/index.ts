export { GatewayModule } from './gateway.module.js';
export { startGateway } from './start.js';
export { gatewayConfig } from './config.js';
export { apiDocument } from './adapters/http/openapi.routes.js';
