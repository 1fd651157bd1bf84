"""``{% kept what … %}`` … ``{% endkept %}``: a piece of a page that is drawn again only when ``what`` has changed."""

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from common.kept_parts import TOKEN, pieces

register = template.Library()


@register.tag
def kept(parser: Parser, token: Token) -> template.Node:
    """Keep what stands until ``endkept`` in the memory of the process.

    By its arguments, which together must tell apart all that it says, and by the language. A form token in it is each
    reader's own.
    """
    name, *arguments = token.split_contents()
    if not arguments:
        raise template.TemplateSyntaxError(f"{name} must be told what tells its pieces apart")
    nodes = parser.parse(("endkept",))
    parser.delete_first_token()
    return _Kept(nodes, [parser.compile_filter(argument) for argument in arguments])


class _Kept(template.Node):
    def __init__(self, nodelist: NodeList, arguments: list[FilterExpression]) -> None:
        self.nodelist, self._arguments = nodelist, arguments

    def render(self, context: Context) -> SafeString:
        key = (get_language(), *(str(argument.resolve(context)) for argument in self._arguments))
        text = pieces.get(key)
        if text is None:
            with context.push(csrf_token=TOKEN):
                text = self.nodelist.render(context)
            pieces.put(key, text)
        # To ask for a token gives its reader a cookie, with which no page is kept for all.
        if TOKEN in text:
            text = text.replace(TOKEN, str(context.get("csrf_token", "")))
        # Drawn by the site's own templates, which escape what they write.
        return mark_safe(text)
