"""Static files as they are served: small, compressed, and named by what they hold."""

import rcssmin
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage


def smaller(style: str) -> str:
    """A style sheet without comments and white space, which are for those who write it."""
    return rcssmin.cssmin(style)


class SmallStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's own, but that style sheets are made smaller before they get their names."""

    def save(self, name, content, max_length=None):
        if name.endswith(".css"):
            content = ContentFile(smaller(content.read().decode()).encode())
        return super().save(name, content, max_length)

    def post_process(self, paths, dry_run=False, **options):
        """Django names files by what it reads at `paths`: of style sheets that are the smaller ones, saved before."""
        smaller_ones = {name: (self, name) for name in paths if name.endswith(".css")}
        return super().post_process(paths | smaller_ones, dry_run, **options)
