// What the pages of docs/api say about types, as a plugin of TypeDoc: a type as the source writes it, `Bytes` and
// `[Certificate, ...Certificate[]]`, not what the compiler makes of it; and of an object its members, not `object`.
import { IntersectionType, ReflectionType, RestType, UnionType } from 'typedoc'
import { MarkdownTheme, MarkdownThemeContext } from 'typedoc-plugin-markdown'
import ts from 'typescript'

export function load({ converter, renderer }) {
  const convertType = converter.convertType.bind(converter)
  // The members of a mapped type are known to the compiler alone.
  converter.convertType = (context, type, node) =>
    convertType(context, node === undefined || ts.isMappedTypeNode(node) ? type : node)
  renderer.defineTheme('members', MembersTheme)
}

class MembersTheme extends MarkdownTheme {
  getRenderContext(page) {
    const context = new MarkdownThemeContext(this, page, this.application.options)
    const { helpers, partials } = context
    const { declaration, parametersList, someType } = partials
    // forceCollapse: an object in one line.
    partials.someType = (type, options) =>
      type instanceof RestType
        ? `...${partials.someType(type.elementType)}`
        : someType(type, { ...options, forceCollapse: true })
    partials.declaration = (model, options) => {
      const types = nested(model.type).filter((type) => helpers.hasUsefulTypeDetails(type))
      return paragraphs(
        declaration(model, options),
        types.flatMap((type) => explained(partials, type)),
      )
    }
    partials.parametersList = (parameters, options) => {
      const texts = parameters.map((one) => {
        const lines = one.type instanceof IntersectionType ? explained(partials, one.type) : []
        return paragraphs(parametersList([one], options), lines)
      })
      return texts.join('\n\n')
    }
    return context
  }
}

const paragraphs = (text, lines) => (lines.length === 0 ? text : `${text}\n\n${lines.join('\n')}`)

/** Unions in an intersection, and intersections in a union: the plugin for Markdown explains their members nowhere. */
function nested(type) {
  if (type instanceof IntersectionType) return type.types.filter((one) => one instanceof UnionType)
  const mixed = type instanceof UnionType && type.types.some((one) => one instanceof IntersectionType)
  return mixed ? [type] : []
}

/** A list of the members of the objects in a type that have a comment, and of the objects of a union. */
function explained(partials, type) {
  if (type instanceof IntersectionType) return type.types.flatMap((one) => explained(partials, one))
  if (type instanceof UnionType)
    return type.types.flatMap((one) => [
      `- ${partials.someType(one)}`,
      ...explained(partials, one).map((line) => `  ${line}`),
    ])
  const members = type instanceof ReflectionType ? (type.declaration.children ?? []) : []
  return members
    .filter((member) => member.hasComment())
    .map(({ name, flags, comment }) => {
      const text = partials.comment(comment).trim().replace(/\s+/g, ' ')
      return `- \`${name}${flags.isOptional ? '?' : ''}\`: ${text}`
    })
}
