import type { Rng } from '../../core/rng.js';
import { pictureBytes } from './picture.js';
import { paragraphs } from './prose.js';

/** A PDF with one page of text and one picture and a correct cross-reference table (ISO 32000-1, 7.5). */
export function pdfDocument(
  rng: Rng,
  plan: { readonly lines: number; readonly revision: number; readonly picture: string },
): Buffer {
  const picture = pictureBytes(plan.picture);
  const ascii = (line: string) => line.replaceAll(/[^ -~]|[()\\]/g, '?');
  const shown = paragraphs(rng, plan.lines, plan.revision).map(
    (line, i) => `1 0 0 1 40 ${800 - i * 12} Tm (${ascii(line)}) Tj`,
  );
  const text = Buffer.from(`BT /F1 10 Tf ${shown.join('\n')} ET`);
  return assemble([
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from('<< /Type /Pages /Kids [3 0 R] /Count 1 >>'),
    Buffer.from(
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /I1 5 0 R >> /Font << /F1 6 0 R >> >> >>',
    ),
    stream('', text),
    stream(
      '/Type /XObject /Subtype /Image /Width 640 /Height 480 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode ',
      picture,
    ),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'),
  ]);
}

function stream(dictionary: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`<< ${dictionary}/Length ${bytes.length} >>\nstream\n`),
    bytes,
    Buffer.from('\nendstream'),
  ]);
}

function assemble(objects: readonly Buffer[]): Buffer {
  const out: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  let offset = out[0]?.length ?? 0;
  const table = ['0000000000 65535 f \n'];
  objects.forEach((object, i) => {
    const whole = Buffer.concat([Buffer.from(`${i + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    table.push(`${String(offset).padStart(10, '0')} 00000 n \n`);
    offset += whole.length;
    out.push(whole);
  });
  const size = objects.length + 1;
  out.push(
    Buffer.from(
      `xref\n0 ${size}\n${table.join('')}trailer << /Size ${size} /Root 1 0 R >>\nstartxref\n${offset}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(out);
}
