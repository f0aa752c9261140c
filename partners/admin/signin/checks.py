"""What `manage.py check --deploy` says of signing in."""

from django.conf import settings
from django.core.checks import Tags, Warning, register

NO_PROXY_COUNTED = "partners.W001"


@register(Tags.security, deploy=True)
def check_proxies(app_configs, **kwargs) -> list[Warning]:
    """Where a proxy ends TLS and is not counted, all visitors come from its address: one who guesses passwords shuts out
    the others, and the security log names nobody."""
    if settings.PROXIES or not settings.SESSION_COOKIE_SECURE:
        return []
    return [
        Warning(
            "SITE_URL begins with https, so something in front of this server ends TLS, and PROXIES is 0: every visitor "
            "counts as coming from that proxy.",
            hint="Set PROXIES to the number of proxies in front, mostly 1, each of which adds the address of the visitor "
            "to X-Forwarded-For. Where the server ends TLS itself, silence this check.",
            id=NO_PROXY_COUNTED,
        )
    ]
