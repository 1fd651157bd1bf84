
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conference', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='conference',
            name='erase_after_days',
            field=models.PositiveSmallIntegerField(default=180, help_text='Days after the end; people are told so when they register.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='personal data are erased after'),
        ),
        migrations.AddField(
            model_name='conference',
            name='erased_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='erased at'),
        ),
        migrations.AddField(
            model_name='conference',
            name='holds_seats',
            field=models.BooleanField(default=True, help_text='Until they are decided. Otherwise seats are given when a request is accepted.', verbose_name='requests hold their seats'),
        ),
        migrations.AddField(
            model_name='conference',
            name='needs_approval',
            field=models.BooleanField(default=False, help_text='Organisers accept or decline each; a bridge point may differ.', verbose_name='registrations need approval'),
        ),
        migrations.AddField(
            model_name='historicalconference',
            name='erase_after_days',
            field=models.PositiveSmallIntegerField(default=180, help_text='Days after the end; people are told so when they register.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='personal data are erased after'),
        ),
        migrations.AddField(
            model_name='historicalconference',
            name='erased_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='erased at'),
        ),
        migrations.AddField(
            model_name='historicalconference',
            name='holds_seats',
            field=models.BooleanField(default=True, help_text='Until they are decided. Otherwise seats are given when a request is accepted.', verbose_name='requests hold their seats'),
        ),
        migrations.AddField(
            model_name='historicalconference',
            name='needs_approval',
            field=models.BooleanField(default=False, help_text='Organisers accept or decline each; a bridge point may differ.', verbose_name='registrations need approval'),
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('conference', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='products', to='conference.conference', verbose_name='conference')),
            ],
            options={
                'verbose_name': 'product',
                'verbose_name_plural': 'products',
                'ordering': ['position', 'id'],
            },
        ),
    ]
