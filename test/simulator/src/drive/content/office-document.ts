import type { Rng } from '../../core/rng.js';
import { pictureBytes } from './picture.js';
import { paragraphs } from './prose.js';
import { type ZipEntry, zipBytes } from './zip-bytes.js';

export type OfficeKind = 'docx' | 'xlsx' | 'pptx';

export interface OfficePlan {
  readonly kind: OfficeKind;
  readonly paragraphCount: number;
  readonly revision: number;
  /** Names of the pictures inside; equal names are equal bytes in any document. */
  readonly pictures: readonly string[];
}

const RELATIONSHIPS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const DOCUMENT_RELATION = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const OOXML = 'application/vnd.openxmlformats-officedocument';

interface Part {
  readonly name: string;
  readonly contentType: string;
  readonly xml: string;
}

/** A document as Office writes it (ECMA-376): a ZIP of XML parts and stored pictures, the same bytes for the same plan. */
export function officeDocument(rng: Rng, plan: OfficePlan): Buffer {
  const text = paragraphs(rng, plan.paragraphCount, plan.revision);
  const { main, parts, media } = BODIES[plan.kind](text, plan.pictures.length);
  const pictures = plan.pictures.map((name, i) => ({
    name: `${media}/image${i + 1}.jpg`,
    bytes: pictureBytes(name),
    method: 'stored' as const,
  }));
  return zipBytes([
    xml('[Content_Types].xml', contentTypes(parts)),
    xml('_rels/.rels', relations([['officeDocument', main]])),
    xml('docProps/core.xml', coreProperties(plan.revision)),
    ...parts.map((part) => xml(part.name, part.xml)),
    ...pictures,
  ]);
}

const BODIES: Readonly<
  Record<OfficeKind, (text: readonly string[], pictures: number) => { main: string; parts: Part[]; media: string }>
> = { docx: wordBody, xlsx: sheetBody, pptx: slidesBody };

function wordBody(text: readonly string[], pictures: number) {
  const body = text.map((line) => `<w:p><w:r><w:t>${line}</w:t></w:r></w:p>`).join('');
  const main = `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`;
  return {
    main: 'word/document.xml',
    media: 'word/media',
    parts: [
      { name: 'word/document.xml', contentType: `${OOXML}.wordprocessingml.document.main+xml`, xml: main },
      relationPart('word/_rels/document.xml.rels', pictureRelations(pictures)),
    ],
  };
}

function sheetBody(text: readonly string[], pictures: number) {
  const row = (line: string, i: number) =>
    `<row r="${i + 1}"><c r="A${i + 1}" t="inlineStr"><is><t>${line}</t></is></c><c r="B${i + 1}"><v>${line.length * 17 + i}</v></c></row>`;
  const sheet = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${text.map(row).join('')}</sheetData></worksheet>`;
  const workbook = `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${DOCUMENT_RELATION}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`;
  return {
    main: 'xl/workbook.xml',
    media: 'xl/media',
    parts: [
      { name: 'xl/workbook.xml', contentType: `${OOXML}.spreadsheetml.sheet.main+xml`, xml: workbook },
      { name: 'xl/worksheets/sheet1.xml', contentType: `${OOXML}.spreadsheetml.worksheet+xml`, xml: sheet },
      relationPart('xl/_rels/workbook.xml.rels', [
        ['worksheet', 'worksheets/sheet1.xml'],
        ...pictureRelations(pictures),
      ]),
    ],
  };
}

function slidesBody(text: readonly string[], pictures: number) {
  const slides = Array.from({ length: Math.ceil(text.length / 4) }, (_, i) => text.slice(i * 4, i * 4 + 4));
  const namespaces = `xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="${DOCUMENT_RELATION}"`;
  const line = (words: string) => `<a:p><a:r><a:t>${words}</a:t></a:r></a:p>`;
  const slide = (lines: readonly string[]) =>
    `<p:sld ${namespaces}><p:cSld><p:spTree><p:sp><p:txBody><a:bodyPr/>${lines.map(line).join('')}</p:txBody></p:sp></p:spTree></p:cSld></p:sld>`;
  const ids = slides.map((_, i) => `<p:sldId id="${256 + i}" r:id="rId${i + 1}"/>`).join('');
  return {
    main: 'ppt/presentation.xml',
    media: 'ppt/media',
    parts: [
      {
        name: 'ppt/presentation.xml',
        contentType: `${OOXML}.presentationml.presentation.main+xml`,
        xml: `<p:presentation ${namespaces}><p:sldIdLst>${ids}</p:sldIdLst></p:presentation>`,
      },
      ...slides.map((lines, i) => ({
        name: `ppt/slides/slide${i + 1}.xml`,
        contentType: `${OOXML}.presentationml.slide+xml`,
        xml: slide(lines),
      })),
      relationPart('ppt/_rels/presentation.xml.rels', [
        ...slides.map((_, i): [string, string] => ['slide', `slides/slide${i + 1}.xml`]),
        ...pictureRelations(pictures),
      ]),
    ],
  };
}

function pictureRelations(count: number): [string, string][] {
  return Array.from({ length: count }, (_, i) => ['image', `media/image${i + 1}.jpg`]);
}

function relations(targets: readonly (readonly [string, string])[]): string {
  const each = targets.map(
    ([type, target], i) => `<Relationship Id="rId${i + 1}" Type="${DOCUMENT_RELATION}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="${RELATIONSHIPS}">${each.join('')}</Relationships>`;
}

function relationPart(name: string, targets: readonly (readonly [string, string])[]): Part {
  return { name, contentType: '', xml: relations(targets) };
}

function contentTypes(parts: readonly Part[]): string {
  const overrides = parts
    .filter((part) => part.contentType !== '')
    .map((part) => `<Override PartName="/${part.name}" ContentType="${part.contentType}"/>`);
  const defaults =
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="jpg" ContentType="image/jpeg"/>' +
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>';
  return `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${defaults}${overrides.join('')}</Types>`;
}

function coreProperties(revision: number): string {
  return `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"><cp:revision>${revision + 1}</cp:revision></cp:coreProperties>`;
}

function xml(name: string, text: string): ZipEntry {
  return {
    name,
    bytes: Buffer.from(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n${text}`),
    method: 'deflated',
  };
}
