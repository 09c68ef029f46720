// What one measured process does: writes with the memory settings of a crawler, what they cost and what they save measured together. The
// process begins anew with them, so all else is loaded behind them, and once.
import '@holdfast/platform/lean-memory';
await import('./write-into-vault.js');
