"""What pages tell machines: structured data, pictures, the sitemap, previews of links."""
